#ifndef ISOLATES_ENGINE_INSPECTION_H_
#define ISOLATES_ENGINE_INSPECTION_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "engine/outcome.h"
#include "engine/realm_lock.h"
#include "sync/event.h"

namespace isolates {

class Instruments;

// Something that is asked of an isolate itself, not of the guest: it waits for no turn, but is done in the midst of
// what the guest does, between two of its instructions.
//
// Threads: made on one, performed or refused on another.
class Inspection {
 public:
  // Who is told; nobody without a sink.
  struct Asker {
    std::shared_ptr<Sink> sink;
    uint64_t ticket = 0;
  };

  explicit Inspection(Asker asker) : asker_(std::move(asker)) {}
  virtual ~Inspection() = default;
  Inspection(const Inspection&) = delete;
  Inspection& operator=(const Inspection&) = delete;

  // On the thread that holds the isolate's lock.
  virtual Outcome Perform(const RealmLock& lock, Instruments* instruments) = 0;

  void Answer(uint64_t isolate_id, Outcome outcome) {
    if (asker_.sink == nullptr) return;
    outcome.isolate_id = isolate_id;
    asker_.sink->OnOutcome(asker_.ticket, std::move(outcome));
  }

 private:
  const Asker asker_;
};

// Those that wait to be performed, in their order.
//
// Threads: any.
// Owns: the inspections.
class Inspections {
 public:
  using List = std::vector<std::unique_ptr<Inspection>>;

  // False, and the inspection is left as it is, once the isolate has ended.
  bool Add(std::unique_ptr<Inspection>* inspection) {
    auto state = state_.Acquire();
    if (state->closed) return false;
    state->waiting.push_back(std::move(*inspection));
    has_waiting_.store(true, std::memory_order_relaxed);
    if (state->added != nullptr) state->added->Set();
    return true;
  }

  // Set by the next that is added; set already when some wait.
  std::shared_ptr<Event> Added() {
    const auto added = std::make_shared<Event>();
    auto state = state_.Acquire();
    state->added = added;
    if (!state->waiting.empty()) added->Set();
    return added;
  }

  List TakeAll() {
    auto state = state_.Acquire();
    has_waiting_.store(false, std::memory_order_relaxed);
    return std::exchange(state->waiting, {});
  }
  // Without the lock: true for those that were added before a lock that both have had since.
  bool has_waiting() const { return has_waiting_.load(std::memory_order_relaxed); }

  // No more are taken.
  List Close() {
    auto state = state_.Acquire();
    state->closed = true;
    return std::exchange(state->waiting, {});
  }

 private:
  struct State {
    List waiting;
    std::shared_ptr<Event> added;
    bool closed = false;
  };
  Guarded<State> state_;
  std::atomic<bool> has_waiting_{false};
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_INSPECTION_H_
