#include <memory>
#include <utility>

#include "base/check.h"
#include "engine/native_function.h"
#include "engine/shared_natives.h"
#include "engine/wait_natives.h"
#include "sync/semaphore.h"

// Semaphores as JavaScript sees them.
namespace isolates {

namespace {

std::shared_ptr<Semaphore> SemaphoreAt(const Arguments& arguments) {
  return TargetAt<Semaphore>(arguments, 0, SharedObject::Kind::kSemaphore, "This is not a Semaphore");
}

uint64_t CountAt(const Arguments& arguments, int index) { return static_cast<uint64_t>(NumberAt(arguments, index)); }

// The number JavaScript knows these permits by.
v8::Local<v8::Value> Held(Realm* realm, const std::shared_ptr<Semaphore>& semaphore, uint64_t permits) {
  const uint64_t number = Realm::NextPossession();
  realm->Possess(number, [weak = std::weak_ptr<Semaphore>(semaphore), permits] {
    if (const auto held = weak.lock()) held->Release(permits);
  });
  return v8::Number::New(realm->isolate(), static_cast<double>(number));
}

// (handle, available, limit)
v8::Local<v8::Value> Create(Realm* realm, const Arguments& arguments) {
  realm->Attach(arguments[0].As<v8::Object>(),
                {SharedObject::Kind::kSemaphore, Semaphore::Make(CountAt(arguments, 1), CountAt(arguments, 2))});
  return {};
}

// (semaphore, permits) => held permits, or 0 when there are too few
v8::Local<v8::Value> TryAcquire(Realm* realm, const Arguments& arguments) {
  const auto semaphore = SemaphoreAt(arguments);
  if (semaphore == nullptr) return {};
  const uint64_t permits = CountAt(arguments, 1);
  if (semaphore->TryAcquire(permits) != Semaphore::Answer::kAcquired) return v8::Integer::New(realm->isolate(), 0);
  return Held(realm, semaphore, permits);
}

// (semaphore, permits, timeout) => held permits, or a promise of them
v8::Local<v8::Value> Acquire(Realm* realm, const Arguments& arguments) {
  const auto semaphore = SemaphoreAt(arguments);
  if (semaphore == nullptr) return {};
  const uint64_t permits = CountAt(arguments, 1);
  const auto acquiring = std::make_shared<Asynchronous<Semaphore::Acquiring>>(realm, permits);
  const Semaphore::Answer answer = semaphore->Acquire(acquiring);
  // The library has compared them with the limit.
  ISOLATES_CHECK(answer != Semaphore::Answer::kNever);
  if (answer == Semaphore::Answer::kAcquired) {
    ISOLATES_CHECK(acquiring->Take());
    return Held(realm, semaphore, permits);
  }
  return realm->Promise(acquiring, {{semaphore}, NumberAt(arguments, 2)},
                        [taken = acquiring.get(), semaphore, permits](Realm* waited) -> v8::MaybeLocal<v8::Value> {
                          ISOLATES_CHECK(taken->Take());
                          return Held(waited, semaphore, permits);
                        });
}

// (semaphore, permits, timeout) => held permits
v8::Local<v8::Value> AcquireSync(Realm* realm, const Arguments& arguments) {
  const auto semaphore = SemaphoreAt(arguments);
  if (semaphore == nullptr) return {};
  const uint64_t permits = CountAt(arguments, 1);
  const TimePoint deadline = DeadlineAt(arguments, 2);
  const auto acquiring = std::make_shared<Blocking<Semaphore::Acquiring>>(permits);
  const Semaphore::Answer answer = semaphore->Acquire(acquiring);
  ISOLATES_CHECK(answer != Semaphore::Answer::kNever);
  if (answer == Semaphore::Answer::kWaiting && !BlockUntilDone(realm, acquiring, deadline, ErrorCode::kAborted)) {
    return {};
  }
  ISOLATES_CHECK(acquiring->Take());
  return Held(realm, semaphore, permits);
}

// (semaphore, held permits, their count)
v8::Local<v8::Value> GiveBack(Realm* realm, const Arguments& arguments) {
  const auto semaphore = SemaphoreAt(arguments);
  if (semaphore == nullptr) return {};
  if (realm->Yield(CountAt(arguments, 1))) semaphore->Release(CountAt(arguments, 2));
  return {};
}

// (semaphore, permits) => false when that would be more than the limit
v8::Local<v8::Value> Release(Realm* realm, const Arguments& arguments) {
  const auto semaphore = SemaphoreAt(arguments);
  if (semaphore == nullptr) return {};
  return v8::Boolean::New(realm->isolate(), semaphore->Release(CountAt(arguments, 1)));
}

// (semaphore) => [available, limit, waiting]
v8::Local<v8::Value> Stats(Realm* realm, const Arguments& arguments) {
  const auto semaphore = SemaphoreAt(arguments);
  if (semaphore == nullptr) return {};
  const Semaphore::Stats stats = semaphore->stats();
  return NumbersToArray(realm, {static_cast<double>(stats.available), static_cast<double>(stats.limit),
                                static_cast<double>(stats.waiting)});
}

}  // namespace

void AddSemaphoreNatives(Realm* realm, v8::Local<v8::Object> natives) {
  AddNative<Create>(realm, natives, "semaphoreCreate");
  AddNative<TryAcquire>(realm, natives, "semaphoreTryAcquire");
  AddNative<Acquire>(realm, natives, "semaphoreAcquire");
  AddNative<AcquireSync>(realm, natives, "semaphoreAcquireSync");
  AddNative<GiveBack>(realm, natives, "semaphoreGiveBack");
  AddNative<Release>(realm, natives, "semaphoreRelease");
  AddNative<Stats>(realm, natives, "semaphoreStats");
}

}  // namespace isolates
