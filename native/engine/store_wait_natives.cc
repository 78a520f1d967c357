#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

#include "base/check.h"
#include "base/clock.h"
#include "engine/native_function.h"
#include "engine/shared_natives.h"
#include "engine/store_key.h"
#include "value/store.h"

// Waiting for a key of a store to change.
namespace isolates {

namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

// The answers of lib/shared/natives.ts.
enum class Answer : int { kDone = 0, kTimeUp = 4, kWouldBlock = 5 };

v8::Local<v8::Value> Say(Realm* realm, Answer answer) {
  return v8::Integer::New(realm->isolate(), static_cast<int>(answer));
}

std::shared_ptr<Store> StoreAt(const Arguments& arguments) {
  const SharedObject* shared = Realm::Unwrap(arguments[0]);
  ISOLATES_CHECK(shared != nullptr && shared->kind == SharedObject::Kind::kStore);
  return std::static_pointer_cast<Store>(shared->target);
}

uint64_t VersionAt(const Arguments& arguments, int index) { return static_cast<uint64_t>(NumberAt(arguments, index)); }

// (timeout) => the moment it is over, for storeBlock; 0 for never
v8::Local<v8::Value> Deadline(Realm* realm, const Arguments& arguments) {
  const TimePoint deadline = DeadlineAfter(Clock::now(), NumberAt(arguments, 0));
  const double moment = deadline == kNever ? 0 : Milliseconds(deadline.time_since_epoch()).count();
  return v8::Number::New(realm->isolate(), moment);
}

TimePoint DeadlineAt(const Arguments& arguments, int index) {
  const double moment = NumberAt(arguments, index);
  return moment > 0 ? TimePoint(std::chrono::duration_cast<Clock::duration>(Milliseconds(moment))) : kNever;
}

// In milliseconds, for a promise; 0 for none.
double TimeUntil(TimePoint deadline) {
  constexpr double kAtOnce = 0.001;
  if (deadline == kNever) return 0;
  return std::max(Milliseconds(deadline - Clock::now()).count(), kAtOnce);
}

// (store, key, version, deadline) => promise for the end of this version; undefined when it has ended
v8::Local<v8::Value> Watch(Realm* realm, const Arguments& arguments) {
  const auto store = StoreAt(arguments);
  const StoreKey key(realm->isolate(), TextAt(arguments, 1));
  const TimePoint deadline = DeadlineAt(arguments, 3);
  // Else who is woken again and again would never see that its time is up.
  if (deadline <= Clock::now()) {
    realm->Throw(ErrorCode::kTimeout);
    return {};
  }
  const auto watching =
      std::make_shared<Asynchronous<Store::Watching>>(realm, std::string(key.view()), VersionAt(arguments, 2));
  if (store->Watch(watching) == Store::Watched::kChanged) return {};
  return realm->Promise(watching, {{store}, TimeUntil(deadline)},
                        [](Realm* waited) -> v8::MaybeLocal<v8::Value> { return v8::Undefined(waited->isolate()); });
}

// (store, key, version, deadline) => answer, once this version has ended
v8::Local<v8::Value> Block(Realm* realm, const Arguments& arguments) {
  const auto store = StoreAt(arguments);
  const StoreKey key(realm->isolate(), TextAt(arguments, 1));
  const TimePoint deadline = DeadlineAt(arguments, 3);
  if (!realm->MayBlock(deadline)) return Say(realm, Answer::kWouldBlock);
  if (deadline <= Clock::now()) return Say(realm, Answer::kTimeUp);
  const auto watching = std::make_shared<Blocking<Store::Watching>>(std::string(key.view()), VersionAt(arguments, 2));
  if (store->Watch(watching) == Store::Watched::kChanged) return Say(realm, Answer::kDone);
  switch (realm->Block(watching, deadline)) {
    case Realm::Blocked::kSettled:
      return Say(realm, Answer::kDone);
    case Realm::Blocked::kTimeUp:
      return Say(realm, Answer::kTimeUp);
    default:
      return {};
  }
}

}  // namespace

void AddStoreWaitNatives(Realm* realm, v8::Local<v8::Object> natives) {
  AddNative<Deadline>(realm, natives, "storeDeadline");
  AddNative<Watch>(realm, natives, "storeWatch");
  AddNative<Block>(realm, natives, "storeBlock");
}

}  // namespace isolates
