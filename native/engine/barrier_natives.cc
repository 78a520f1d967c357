#include <memory>
#include <utility>

#include "base/check.h"
#include "engine/native_function.h"
#include "engine/shared_natives.h"
#include "engine/wait_natives.h"
#include "sync/barrier.h"

// Barriers as JavaScript sees them.
namespace isolates {

namespace {

std::shared_ptr<Barrier> BarrierAt(const Arguments& arguments) {
  return TargetAt<Barrier>(arguments, 0, SharedObject::Kind::kBarrier, "This is not a Barrier");
}

v8::Local<v8::Value> IndexOf(Realm* realm, const Barrier::Arriving& arriving) {
  return v8::Number::New(realm->isolate(), static_cast<double>(arriving.index()));
}

// (handle, parties)
v8::Local<v8::Value> Create(Realm* realm, const Arguments& arguments) {
  realm->Attach(arguments[0].As<v8::Object>(),
                {SharedObject::Kind::kBarrier, Barrier::Make(static_cast<size_t>(NumberAt(arguments, 1)))});
  return {};
}

// (barrier, timeout) => how many had come before, or a promise of it
v8::Local<v8::Value> WaitAsync(Realm* realm, const Arguments& arguments) {
  const auto barrier = BarrierAt(arguments);
  if (barrier == nullptr) return {};
  const auto arriving = std::make_shared<Asynchronous<Barrier::Arriving>>(realm);
  switch (barrier->Arrive(arriving)) {
    case Barrier::Answer::kPassed:
      return IndexOf(realm, *arriving);
    case Barrier::Answer::kBroken:
      realm->Throw(ErrorCode::kBarrierBroken);
      return {};
    default:
      return realm->Promise(
          arriving, {{barrier}, NumberAt(arguments, 1), ErrorCode::kBarrierBroken},
          [arrived = arriving.get()](Realm* waited) -> v8::MaybeLocal<v8::Value> { return IndexOf(waited, *arrived); });
  }
}

// (barrier, timeout) => how many had come before
v8::Local<v8::Value> WaitSync(Realm* realm, const Arguments& arguments) {
  const auto barrier = BarrierAt(arguments);
  if (barrier == nullptr) return {};
  const TimePoint deadline = DeadlineAt(arguments, 1);
  // Looked at first: who comes and goes away again breaks it.
  if (!realm->MayBlock(deadline)) {
    realm->Throw(ErrorCode::kWouldBlock);
    return {};
  }
  const auto arriving = std::make_shared<Blocking<Barrier::Arriving>>();
  const Barrier::Answer answer = barrier->Arrive(arriving);
  if (answer == Barrier::Answer::kBroken) {
    realm->Throw(ErrorCode::kBarrierBroken);
    return {};
  }
  if (answer == Barrier::Answer::kWaiting && !BlockUntilDone(realm, arriving, deadline, ErrorCode::kBarrierBroken)) {
    return {};
  }
  return IndexOf(realm, *arriving);
}

// (barrier)
v8::Local<v8::Value> Break(Realm*, const Arguments& arguments) {
  if (const auto barrier = BarrierAt(arguments)) barrier->Break();
  return {};
}

// (barrier)
v8::Local<v8::Value> Reset(Realm*, const Arguments& arguments) {
  if (const auto barrier = BarrierAt(arguments)) barrier->Reset();
  return {};
}

// (barrier) => [parties, waiting, generation, 1 when it is broken]
v8::Local<v8::Value> Stats(Realm* realm, const Arguments& arguments) {
  const auto barrier = BarrierAt(arguments);
  if (barrier == nullptr) return {};
  const Barrier::Stats stats = barrier->stats();
  return NumbersToArray(realm, {static_cast<double>(stats.parties), static_cast<double>(stats.waiting),
                                static_cast<double>(stats.generation), stats.broken ? 1.0 : 0.0});
}

}  // namespace

void AddBarrierNatives(Realm* realm, v8::Local<v8::Object> natives) {
  AddNative<Create>(realm, natives, "barrierCreate");
  AddNative<WaitAsync>(realm, natives, "barrierWait");
  AddNative<WaitSync>(realm, natives, "barrierWaitSync");
  AddNative<Break>(realm, natives, "barrierBreak");
  AddNative<Reset>(realm, natives, "barrierReset");
  AddNative<Stats>(realm, natives, "barrierStats");
}

}  // namespace isolates
