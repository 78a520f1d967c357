#include <memory>
#include <utility>

#include "base/check.h"
#include "engine/native_function.h"
#include "engine/shared_natives.h"
#include "engine/wait_natives.h"
#include "sync/signal_event.h"

// Events as JavaScript sees them.
namespace isolates {

namespace {

std::shared_ptr<SignalEvent> EventAt(const Arguments& arguments) {
  return TargetAt<SignalEvent>(arguments, 0, SharedObject::Kind::kEvent, "This is not an Event");
}

// (handle, resets itself, set)
v8::Local<v8::Value> Create(Realm* realm, const Arguments& arguments) {
  const auto kind = arguments[1]->IsTrue() ? SignalEvent::Kind::kAuto : SignalEvent::Kind::kManual;
  realm->Attach(arguments[0].As<v8::Object>(),
                {SharedObject::Kind::kEvent, SignalEvent::Make(kind, arguments[2]->IsTrue())});
  return {};
}

// (event)
v8::Local<v8::Value> Set(Realm*, const Arguments& arguments) {
  if (const auto event = EventAt(arguments)) event->Set();
  return {};
}

// (event)
v8::Local<v8::Value> Reset(Realm*, const Arguments& arguments) {
  if (const auto event = EventAt(arguments)) event->Reset();
  return {};
}

// (event) => whether it was set
v8::Local<v8::Value> TryWait(Realm* realm, const Arguments& arguments) {
  const auto event = EventAt(arguments);
  if (event == nullptr) return {};
  return v8::Boolean::New(realm->isolate(), event->TryPass());
}

// (event, timeout) => undefined, or a promise
v8::Local<v8::Value> WaitAsync(Realm* realm, const Arguments& arguments) {
  const auto event = EventAt(arguments);
  if (event == nullptr) return {};
  const auto passing = std::make_shared<Asynchronous<SignalEvent::Passing>>(realm);
  if (event->Pass(passing) == SignalEvent::Answer::kPassed) {
    ISOLATES_CHECK(passing->Take());
    return {};
  }
  return realm->Promise(passing, {{event}, NumberAt(arguments, 1)},
                        [taken = passing.get()](Realm* waited) -> v8::MaybeLocal<v8::Value> {
                          ISOLATES_CHECK(taken->Take());
                          return v8::Undefined(waited->isolate());
                        });
}

// (event, timeout)
v8::Local<v8::Value> WaitSync(Realm* realm, const Arguments& arguments) {
  const auto event = EventAt(arguments);
  if (event == nullptr) return {};
  const TimePoint deadline = DeadlineAt(arguments, 1);
  const auto passing = std::make_shared<Blocking<SignalEvent::Passing>>();
  if (event->Pass(passing) == SignalEvent::Answer::kPassed ||
      BlockUntilDone(realm, passing, deadline, ErrorCode::kAborted)) {
    ISOLATES_CHECK(passing->Take());
  }
  return {};
}

// (event) => [1 when it resets itself, 1 when it is set, waiting]
v8::Local<v8::Value> Stats(Realm* realm, const Arguments& arguments) {
  const auto event = EventAt(arguments);
  if (event == nullptr) return {};
  const SignalEvent::Stats stats = event->stats();
  return NumbersToArray(realm, {event->kind() == SignalEvent::Kind::kAuto ? 1.0 : 0.0, stats.set ? 1.0 : 0.0,
                                static_cast<double>(stats.waiting)});
}

}  // namespace

void AddEventNatives(Realm* realm, v8::Local<v8::Object> natives) {
  AddNative<Create>(realm, natives, "eventCreate");
  AddNative<Set>(realm, natives, "eventSet");
  AddNative<Reset>(realm, natives, "eventReset");
  AddNative<TryWait>(realm, natives, "eventTryWait");
  AddNative<WaitAsync>(realm, natives, "eventWait");
  AddNative<WaitSync>(realm, natives, "eventWaitSync");
  AddNative<Stats>(realm, natives, "eventStats");
}

}  // namespace isolates
