#ifndef ISOLATES_ENGINE_PROFILE_REQUESTS_H_
#define ISOLATES_ENGINE_PROFILE_REQUESTS_H_

#include <cstdint>
#include <utility>

#include "engine/inspection.h"

namespace isolates {

// Its outcome is the profile's number.
class StartCpuProfile final : public Inspection {
 public:
  StartCpuProfile(Asker asker, int interval_us) : Inspection(std::move(asker)), interval_us_(interval_us) {}
  Outcome Perform(const RealmLock& lock, Instruments* instruments) override;

 private:
  const int interval_us_;
};

// Its outcome is a list of buffers, which hold the text of the file one after another. So is that of the next.
class StopCpuProfile final : public Inspection {
 public:
  StopCpuProfile(Asker asker, uint64_t number) : Inspection(std::move(asker)), number_(number) {}
  Outcome Perform(const RealmLock& lock, Instruments* instruments) override;

 private:
  const uint64_t number_;
};

class TakeHeapSnapshot final : public Inspection {
 public:
  struct Options {
    bool internals = false;       // of V8 and of Node
    bool numeric_values = false;  // of small integers and such, which are no objects
  };

  TakeHeapSnapshot(Asker asker, Options options) : Inspection(std::move(asker)), options_(options) {}
  Outcome Perform(const RealmLock& lock, Instruments* instruments) override;

 private:
  const Options options_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_PROFILE_REQUESTS_H_
