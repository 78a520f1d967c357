#ifndef ISOLATES_ENGINE_INSPECTOR_REQUESTS_H_
#define ISOLATES_ENGINE_INSPECTOR_REQUESTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "engine/inspection.h"

namespace isolates {

// Opens a session of the inspector, under a number that no other of the process has.
class ConnectInspector final : public Inspection {
 public:
  ConnectInspector(Asker asker, uint64_t session, std::string name, uint64_t isolate_id)
      : Inspection(asker),
        sink_(std::move(asker.sink)),
        session_(session),
        name_(std::move(name)),
        isolate_id_(isolate_id) {}
  Outcome Perform(const RealmLock& lock, Instruments* instruments) override;

 private:
  const std::shared_ptr<Sink> sink_;
  const uint64_t session_;
  const std::string name_;  // of the isolate
  const uint64_t isolate_id_;
};

class DispatchToInspector final : public Inspection {
 public:
  DispatchToInspector(Asker asker, uint64_t session, std::string message)
      : Inspection(std::move(asker)), session_(session), message_(std::move(message)) {}
  Outcome Perform(const RealmLock& lock, Instruments* instruments) override;

 private:
  const uint64_t session_;
  const std::string message_;
};

class DisconnectInspector final : public Inspection {
 public:
  DisconnectInspector(Asker asker, uint64_t session) : Inspection(std::move(asker)), session_(session) {}
  Outcome Perform(const RealmLock& lock, Instruments* instruments) override;

 private:
  const uint64_t session_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_INSPECTOR_REQUESTS_H_
