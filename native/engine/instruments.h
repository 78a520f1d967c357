#ifndef ISOLATES_ENGINE_INSTRUMENTS_H_
#define ISOLATES_ENGINE_INSTRUMENTS_H_

#include <functional>
#include <memory>
#include <utility>

#include "engine/cpu_profiling.h"

namespace isolates {

class Inspections;
class InspectorAgent;
class Interrupts;

// What looks into one isolate for longer than a moment.
//
// Threads: the one that holds the isolate's lock.
// Lifetime: goes under that lock, before the context does.
class Instruments {
 public:
  // What those need that have the guest stand still for long; nothing of it where nothing can.
  struct Host {
    // Calls that, and no limit of the guest's counts meanwhile.
    std::function<void(const std::function<void()>&)> suspend;
    // Performs what waits.
    std::function<void()> perform;
    Interrupts* interrupts = nullptr;
    Inspections* inspections = nullptr;
  };

  Instruments();
  explicit Instruments(Host host);
  ~Instruments();
  Instruments(const Instruments&) = delete;
  Instruments& operator=(const Instruments&) = delete;

  const Host& host() const { return host_; }
  CpuProfiling& profiling() { return profiling_; }
  // Null before somebody has made it.
  std::unique_ptr<InspectorAgent>& inspector() { return inspector_; }

  // The same within each other: time stands still once.
  void Suspend(const std::function<void()>& body) {
    if (suspended_) {
      body();
      return;
    }
    suspended_ = true;
    host_.suspend(body);
    suspended_ = false;
  }

 private:
  const Host host_;
  CpuProfiling profiling_;
  std::unique_ptr<InspectorAgent> inspector_;
  bool suspended_ = false;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_INSTRUMENTS_H_
