#include "engine/event_loop.h"

#include <cmath>
#include <memory>

#include "base/check.h"
#include "engine/guest_heap.h"
#include "engine/native_function.h"
#include "engine/process.h"

namespace isolates {

namespace {

// The clock counts nanoseconds, a number of milliseconds not quite: an alarm must not go off before its timer is due.
constexpr std::chrono::microseconds kRounding{1};

EventLoop& LoopOf(Realm* realm) { return GuestHeap::Of(realm->isolate())->loop(); }

// (take)
v8::Local<v8::Value> UseTimers(Realm* realm, const Arguments& arguments) {
  LoopOf(realm).UseTimers(arguments[0].As<v8::Function>());
  return {};
}

// (moment)
v8::Local<v8::Value> SetAlarm(Realm* realm, const Arguments& arguments) {
  const double milliseconds = arguments[0].As<v8::Number>()->Value();
  TimePoint moment = kNever;
  if (std::isfinite(milliseconds)) {
    const std::chrono::duration<double, std::milli> since(milliseconds);
    moment = TimePoint(std::chrono::duration_cast<Clock::duration>(since)) + kRounding;
  }
  LoopOf(realm).SetAlarm(moment);
  return {};
}

v8::Local<v8::Value> Post(Realm* realm, const Arguments&) {
  LoopOf(realm).Post();
  return {};
}

// (keep)
v8::Local<v8::Value> KeepOpen(Realm* realm, const Arguments& arguments) {
  LoopOf(realm).KeepOpen(arguments[0]->IsTrue());
  return {};
}

v8::Local<v8::Value> Hold(Realm* realm, const Arguments&) {
  LoopOf(realm).Hold();
  return {};
}

v8::Local<v8::Value> Release(Realm* realm, const Arguments&) {
  LoopOf(realm).Release();
  return {};
}

// (callback)
v8::Local<v8::Value> EnqueueMicrotask(Realm* realm, const Arguments& arguments) {
  realm->isolate()->EnqueueMicrotask(arguments[0].As<v8::Function>());
  return {};
}

}  // namespace

void EventLoop::UseTimers(v8::Local<v8::Function> take) { take_.Reset(realm_->isolate(), take); }

void EventLoop::SetAlarm(TimePoint moment) {
  if (alarm_.has_value() && alarm_->first == moment) return;
  CancelAlarm();
  if (moment == kNever) return;
  alarm_ = Process::Get().timer.Schedule(moment, [box = std::weak_ptr<Mailbox>(realm_->mailbox())] {
    if (const auto there = box.lock()) there->PostNews(0, Mailbox::News::kCallbacksDue);
  });
}

void EventLoop::CancelAlarm() {
  if (alarm_.has_value()) Process::Get().timer.Cancel(*alarm_);
  alarm_.reset();
}

void EventLoop::Post() {
  if (posted_) return;
  posted_ = true;
  realm_->mailbox()->PostNews(0, Mailbox::News::kCallbacksDue);
}

void EventLoop::Release() {
  ISOLATES_CHECK(holds_ != 0);
  --holds_;
}

void EventLoop::BeginRound() {
  posted_ = false;
  begins_ = true;
  // Perhaps it has gone off; if not, whoever takes the callbacks sets it again.
  CancelAlarm();
}

v8::MaybeLocal<v8::Value> EventLoop::Take() {
  if (take_.IsEmpty()) return v8::Undefined(realm_->isolate());
  v8::Local<v8::Value> begins = v8::Boolean::New(realm_->isolate(), begins_);
  begins_ = false;
  return take_.Get(realm_->isolate())->Call(realm_->context(), v8::Undefined(realm_->isolate()), 1, &begins);
}

void EventLoop::Leave() {
  CancelAlarm();
  take_.Reset();
}

v8::Local<v8::Object> MakeLoopNatives(Realm* realm) {
  const v8::Local<v8::Object> natives = v8::Object::New(realm->isolate());
  AddNative<UseTimers>(realm, natives, "useTimers");
  AddNative<SetAlarm>(realm, natives, "setAlarm");
  AddNative<Post>(realm, natives, "post");
  AddNative<KeepOpen>(realm, natives, "keepOpen");
  AddNative<Hold>(realm, natives, "hold");
  AddNative<Release>(realm, natives, "release");
  AddNative<EnqueueMicrotask>(realm, natives, "enqueueMicrotask");
  return natives;
}

}  // namespace isolates
