#include "engine/event_loop.h"

#include <cmath>
#include <memory>
#include <utility>

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

// () => how many there may be at a time
v8::Local<v8::Value> MaxTimers(Realm* realm, const Arguments&) {
  const size_t most = GuestHeap::Of(realm->isolate())->client()->ClientLimits().timers;
  return v8::Number::New(realm->isolate(), static_cast<double>(most));
}

// () => whose code runs, in a form that only the engine understands
v8::Local<v8::Value> Owner(Realm* realm, const Arguments&) { return CallTokens::Current(realm->isolate()); }

// What a call with a token has put in line; V8 keeps the token for reactions to promises only.
void RunOwned(const v8::FunctionCallbackInfo<v8::Value>& arguments) {
  v8::Isolate* isolate = arguments.GetIsolate();
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  const v8::Local<v8::Array> owned = arguments.Data().As<v8::Array>();
  v8::Local<v8::Value> token;
  v8::Local<v8::Value> callback;
  if (!owned->Get(context, 0).ToLocal(&token) || !owned->Get(context, 1).ToLocal(&callback)) return;
  const CallTokens::Scope scope(isolate, token);
  (void)callback.As<v8::Function>()->Call(context, v8::Undefined(isolate), 0, nullptr).IsEmpty();
}

// (callback)
v8::Local<v8::Value> EnqueueMicrotask(Realm* realm, const Arguments& arguments) {
  v8::Isolate* isolate = realm->isolate();
  v8::Local<v8::Value> owned[] = {CallTokens::Current(isolate), arguments[0]};
  v8::Local<v8::Function> callback = arguments[0].As<v8::Function>();
  if (owned[0]->IsObject() &&
      !v8::Function::New(realm->context(), RunOwned, v8::Array::New(isolate, owned, 2)).ToLocal(&callback)) {
    return {};
  }
  isolate->EnqueueMicrotask(callback);
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
  v8::Isolate* isolate = realm_->isolate();
  v8::Local<v8::Value> arguments[] = {v8::Boolean::New(isolate, std::exchange(begins_, false)),
                                      v8::Boolean::New(isolate, std::exchange(drops_, false))};
  return take_.Get(isolate)->Call(realm_->context(), v8::Undefined(isolate), 2, arguments);
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
  AddNative<MaxTimers>(realm, natives, "maxTimers");
  AddNative<Owner>(realm, natives, "owner");
  AddNative<EnqueueMicrotask>(realm, natives, "enqueueMicrotask");
  return natives;
}

}  // namespace isolates
