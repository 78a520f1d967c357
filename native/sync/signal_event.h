#ifndef ISOLATES_SYNC_SIGNAL_EVENT_H_
#define ISOLATES_SYNC_SIGNAL_EVENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/guarded.h"
#include "sync/wait.h"

namespace isolates {

// A flag that parties wait for. Set by hand, it stays set until it is reset and lets everybody pass; one that resets
// itself lets one party pass each time it is set.
//
// Unlike Event, which threads of this package use once among themselves.
//
// Threads: any.
// Owns: nothing; see Wait.
// Lifetime: shared_ptr; a wait keeps its event.
class SignalEvent final : public WaitTarget, public std::enable_shared_from_this<SignalEvent> {
 public:
  enum class Kind : uint8_t { kManual, kAuto };
  enum class Answer : uint8_t { kPassed, kWaiting };
  struct Stats {
    bool set;
    size_t waiting;
  };
  class Passing;

  static std::shared_ptr<SignalEvent> Make(Kind kind, bool set) {
    return std::shared_ptr<SignalEvent>(new SignalEvent(kind, set));
  }

  void Set();
  void Reset();
  // True when the event is set; one that resets itself is not, from then on.
  bool TryPass();
  Answer Pass(const std::shared_ptr<Passing>& passing);

  Kind kind() const { return kind_; }
  Stats stats();

  void Withdraw(WaitPlace* place) override;

 private:
  struct State {
    bool set;
    WaitLine line;
  };

  SignalEvent(Kind kind, bool set) : kind_(kind), state_(State{set, {}}) {}

  void Grant(Passing* passing);

  const Kind kind_;
  Guarded<State> state_;
};

// The wait for the event to be set.
//
// Threads: the party's only, before Pass and after it has ended; the event's in between.
// Owns: its pass until Take(); when it is destroyed with one, an event that resets itself is set again.
class SignalEvent::Passing : public Wait {
 public:
  Passing() = default;
  ~Passing() override;

  bool Take();

 private:
  friend class SignalEvent;

  std::shared_ptr<SignalEvent> granted_;
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_SIGNAL_EVENT_H_
