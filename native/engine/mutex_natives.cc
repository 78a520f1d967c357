#include <memory>
#include <utility>

#include "base/check.h"
#include "engine/native_function.h"
#include "engine/shared_natives.h"
#include "engine/wait_natives.h"
#include "sync/mutex.h"

// Mutexes as JavaScript sees them.
namespace isolates {

namespace {

std::shared_ptr<Mutex> MutexAt(const Arguments& arguments) {
  return TargetAt<Mutex>(arguments, 0, SharedObject::Kind::kMutex, "This is not a Mutex");
}

// What JavaScript knows a lock by: its owner, as a negative number when the owner before died.
v8::Local<v8::Value> Held(Realm* realm, const std::shared_ptr<Mutex>& mutex, uint64_t owner, bool owner_died) {
  // A lock that is forgotten must not keep the mutex.
  realm->Possess(owner, [weak = std::weak_ptr<Mutex>(mutex), owner] {
    if (const auto held = weak.lock()) held->Abandon(owner);
  });
  const auto number = static_cast<double>(owner);
  return v8::Number::New(realm->isolate(), owner_died ? -number : number);
}

// (handle)
v8::Local<v8::Value> Create(Realm* realm, const Arguments& arguments) {
  realm->Attach(arguments[0].As<v8::Object>(), {SharedObject::Kind::kMutex, Mutex::Make()});
  return {};
}

// (mutex) => lock, or 0 when somebody else holds it
v8::Local<v8::Value> TryLock(Realm* realm, const Arguments& arguments) {
  const auto mutex = MutexAt(arguments);
  if (mutex == nullptr) return {};
  const uint64_t owner = Realm::NextPossession();
  bool owner_died = false;
  if (mutex->TryLock(owner, &owner_died) != Mutex::Answer::kLocked) return v8::Integer::New(realm->isolate(), 0);
  return Held(realm, mutex, owner, owner_died);
}

// (mutex, timeout) => lock, or a promise of it
v8::Local<v8::Value> Lock(Realm* realm, const Arguments& arguments) {
  const auto mutex = MutexAt(arguments);
  if (mutex == nullptr) return {};
  const uint64_t owner = Realm::NextPossession();
  const auto locking = std::make_shared<Asynchronous<Mutex::Locking>>(realm, owner);
  if (mutex->Lock(locking) == Mutex::Answer::kLocked) {
    ISOLATES_CHECK(locking->Take());
    return Held(realm, mutex, owner, locking->owner_died());
  }
  return realm->Promise(locking, {{mutex}, NumberAt(arguments, 1)},
                        [taken = locking.get(), mutex, owner](Realm* waited) -> v8::MaybeLocal<v8::Value> {
                          ISOLATES_CHECK(taken->Take());
                          return Held(waited, mutex, owner, taken->owner_died());
                        });
}

// (mutex, timeout) => lock
v8::Local<v8::Value> LockSync(Realm* realm, const Arguments& arguments) {
  const auto mutex = MutexAt(arguments);
  if (mutex == nullptr) return {};
  const TimePoint deadline = DeadlineAt(arguments, 1);
  const uint64_t owner = Realm::NextPossession();
  const auto locking = std::make_shared<Blocking<Mutex::Locking>>(owner);
  if (mutex->Lock(locking) == Mutex::Answer::kWaiting &&
      !BlockUntilDone(realm, locking, deadline, ErrorCode::kAborted)) {
    return {};
  }
  ISOLATES_CHECK(locking->Take());
  return Held(realm, mutex, owner, locking->owner_died());
}

// (mutex, owner)
v8::Local<v8::Value> Unlock(Realm* realm, const Arguments& arguments) {
  const auto mutex = MutexAt(arguments);
  if (mutex == nullptr) return {};
  const auto owner = static_cast<uint64_t>(NumberAt(arguments, 1));
  if (realm->Yield(owner)) mutex->Unlock(owner);
  return {};
}

// (mutex) => [1 when somebody holds it, waiting]
v8::Local<v8::Value> Stats(Realm* realm, const Arguments& arguments) {
  const auto mutex = MutexAt(arguments);
  if (mutex == nullptr) return {};
  const Mutex::Stats stats = mutex->stats();
  return NumbersToArray(realm, {stats.owner == 0 ? 0.0 : 1.0, static_cast<double>(stats.waiting)});
}

}  // namespace

void AddMutexNatives(Realm* realm, v8::Local<v8::Object> natives) {
  AddNative<Create>(realm, natives, "mutexCreate");
  AddNative<TryLock>(realm, natives, "mutexTryLock");
  AddNative<Lock>(realm, natives, "mutexLock");
  AddNative<LockSync>(realm, natives, "mutexLockSync");
  AddNative<Unlock>(realm, natives, "mutexUnlock");
  AddNative<Stats>(realm, natives, "mutexStats");
}

}  // namespace isolates
