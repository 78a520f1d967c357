#ifndef ISOLATES_ENGINE_EVENT_LOOP_H_
#define ISOLATES_ENGINE_EVENT_LOOP_H_

#include <v8.h>

#include <cstddef>
#include <optional>

#include "base/clock.h"
#include "sync/deadline_timer.h"

namespace isolates {

class Realm;

// The part of a guest's event loop that is not in lib/guest/timers.ts: one alarm, whatever the number of timers, and
// what there is that close() waits for.
//
// Threads: the one that has the guest's lock.
// Owns: the alarm; the function that takes the callbacks that are due.
// Lifetime: a part of its heap; Leave() under the lock before that goes.
class EventLoop {
 public:
  explicit EventLoop(Realm* realm) : realm_(realm) {}
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // As LoopNatives in lib/guest/native.ts describes them.
  void UseTimers(v8::Local<v8::Function> take);
  void SetAlarm(TimePoint moment);
  void Post();
  void KeepOpen(bool keep) { keeps_open_ = keep; }
  void Hold() { ++holds_; }
  void Release();

  // A round of callbacks begins.
  void BeginRound();
  // The next callback of the round and its arguments, as an array; undefined at its end. Empty when that was cut off.
  v8::MaybeLocal<v8::Value> Take();

  // What Take has given last must not come again.
  void Drop() { drops_ = true; }

  // Whether something goes on that close() waits for, whoever calls or does not.
  bool IsHeld() const { return keeps_open_ || holds_ != 0; }

  void Leave();

 private:
  void CancelAlarm();

  Realm* const realm_;
  v8::Global<v8::Function> take_;
  std::optional<DeadlineTimer::Key> alarm_;
  bool posted_ = false;
  bool begins_ = false;
  bool drops_ = false;
  bool keeps_open_ = false;
  size_t holds_ = 0;
};

// The object of lib/guest/native.ts with these functions.
v8::Local<v8::Object> MakeLoopNatives(Realm* realm);

}  // namespace isolates

#endif  // ISOLATES_ENGINE_EVENT_LOOP_H_
