#include "binding/environment.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "engine/decoder.h"
#include "engine/node_platform.h"
#include "engine/process.h"
#include "engine/v8_compat.h"

namespace isolates {

namespace {

// What guests go on to print while the process ends is printed for so long.
constexpr std::chrono::seconds kLastWords{2};
// Deliveries handed over in one turn of the loop.
constexpr size_t kMostPerTurn = 1024;
// For so long answer may follow on question before the loop looks after everything else again.
constexpr std::chrono::microseconds kLongestTalk{250};
// How often a worker thread that waits in native code looks whether it was terminated.
constexpr std::chrono::milliseconds kLookEvery{10};

uint64_t NextParty() {
  // Isolates count from 1.
  static std::atomic<uint64_t> next{uint64_t{1} << 52};
  return next++;
}

}  // namespace

void Environment::Create(Napi::Env env, bool is_main_thread, const Callbacks& callbacks) {
  auto* instance = new std::shared_ptr<Environment>(new Environment(env, is_main_thread, callbacks));
  env.SetInstanceData(instance);
  (*instance)->StartLoopHandles();
  (*instance)->CountIn();
}

Environment::Environment(Napi::Env env, bool is_main_thread, const Callbacks& callbacks)
    : env_(env),
      isolate_(v8::Isolate::GetCurrent()),
      context_(isolate_, isolate_->GetCurrentContext()),
      is_main_thread_(is_main_thread),
      party_(NextParty()),
      allocator_(std::make_shared<BufferAllocator>(BufferAllocator::kUnlimited)),
      deliver_(Napi::Persistent(callbacks.deliver)),
      make_failure_(Napi::Persistent(callbacks.make_failure)),
      fail_(Napi::Persistent(callbacks.fail)) {
  // The environment may be gone when the last share of this object is; Node-API lets go of these with it.
  if (is_main_thread) MarkMainThread();
  deliver_.SuppressDestruct();
  make_failure_.SuppressDestruct();
  fail_.SuppressDestruct();
}

void Environment::StartLoopHandles() {
  uv_loop_t* loop = nullptr;
  ISOLATES_CHECK(napi_get_uv_event_loop(env_, &loop) == napi_ok);
  auto* wake = new uv_async_t;
  wake->data = this;
  ISOLATES_CHECK(uv_async_init(loop, wake, [](uv_async_t* handle) {
                   auto* self = static_cast<Environment*>(handle->data);
                   if (self->waiting_since_ != kNever) {
                     self->spin_.Parked(Clock::now() - self->waiting_since_);
                     self->waiting_since_ = kNever;
                   }
                   self->Drain();
                 }) == 0);
  uv_unref(reinterpret_cast<uv_handle_t*>(wake));
  *wake_.Acquire() = wake;
  about_to_wait_ = new uv_prepare_t;
  about_to_wait_->data = this;
  ISOLATES_CHECK(uv_prepare_init(loop, about_to_wait_) == 0);
  uv_unref(reinterpret_cast<uv_handle_t*>(about_to_wait_));

  // Node runs these after the instance data is gone, so they have a share of their own.
  NodePlatform::AtExit(
      context(),
      [](void* data) {
        const std::unique_ptr<std::shared_ptr<Environment>> self(static_cast<std::shared_ptr<Environment>*>(data));
        (*self)->Shutdown();
      },
      new std::shared_ptr<Environment>(shared_from_this()));
  const auto clean_up = [](napi_async_cleanup_hook_handle handle, void* data) {
    const std::unique_ptr<std::shared_ptr<Environment>> self(static_cast<std::shared_ptr<Environment>*>(data));
    (*self)->Shutdown();
    (*self)->CloseLoopHandles(handle);
  };
  ISOLATES_CHECK(napi_add_async_cleanup_hook(env_, clean_up, new std::shared_ptr<Environment>(shared_from_this()),
                                             nullptr) == napi_ok);
}

void Environment::CloseLoopHandles(napi_async_cleanup_hook_handle done) {
  uv_async_t* wake = nullptr;
  std::swap(*wake_.Acquire(), wake);
  uv_close(reinterpret_cast<uv_handle_t*>(about_to_wait_),
           [](uv_handle_t* closed) { delete reinterpret_cast<uv_prepare_t*>(closed); });
  wake->data = done;
  uv_close(reinterpret_cast<uv_handle_t*>(wake), [](uv_handle_t* closed) {
    auto* handle = static_cast<napi_async_cleanup_hook_handle>(closed->data);
    delete reinterpret_cast<uv_async_t*>(closed);
    napi_remove_async_cleanup_hook(handle);
  });
}

void Environment::KeepLoopAlive() {
  if (in_flight_++ != 0) return;
  uv_ref(reinterpret_cast<uv_handle_t*>(*wake_.Acquire()));
  uv_prepare_start(about_to_wait_,
                   [](uv_prepare_t* handle) { static_cast<Environment*>(handle->data)->OnLoopAboutToWait(); });
}

void Environment::LetLoopEnd() {
  if (--in_flight_ != 0) return;
  uv_unref(reinterpret_cast<uv_handle_t*>(*wake_.Acquire()));
  uv_prepare_stop(about_to_wait_);
}

Environment::Begun Environment::Begin(uint64_t isolate_id) {
  const uint64_t ticket = requests_.Reserve(isolate_id);
  return {ticket, Begin(isolate_id, ticket)};
}

v8::Local<v8::Promise::Resolver> Environment::Begin(uint64_t isolate_id, uint64_t ticket) {
  KeepLoopAlive();
  Resident* const resident = FindResident(isolate_id);
  if (resident != nullptr && resident->in_flight++ == 0) resident->handle.Ref();
  const v8::Local<v8::Promise::Resolver> promise = v8::Promise::Resolver::New(context()).ToLocalChecked();
  requests_.Attach(ticket, isolate_, promise);
  return promise;
}

void Environment::EndRequest(uint64_t isolate_id) {
  LetLoopEnd();
  Resident* const resident = FindResident(isolate_id);
  if (resident != nullptr && --resident->in_flight == 0) resident->handle.Unref();
}

void Environment::TakeBack(uint64_t ticket) { EndRequest(requests_.Take(ticket).isolate_id); }

void Environment::BeginClosing(uint64_t isolate_id) {
  Resident* const resident = FindResident(isolate_id);
  if (resident == nullptr || resident->closing) return;
  resident->closing = true;
  KeepLoopAlive();
}

void Environment::Close(IsolateBackend* control) {
  BeginClosing(control->id());
  // One that this thread has just used itself is sooner gone than another thread is awake. Where many are closed, the
  // others may as well help.
  if (control->Close(!closed_here_ && sync_depth_ == 0)) closed_here_ = true;
}

void Environment::Abandon(uint64_t ticket, v8::Local<v8::Value> reason) {
  const v8::Global<v8::Promise::Resolver> promise = requests_.Abandon(ticket);
  if (!promise.IsEmpty()) (void)promise.Get(isolate_)->Reject(context(), reason).FromMaybe(false);
}

void Environment::Refuse(uint64_t ticket, v8::Local<v8::Value> reason) {
  Abandon(ticket, reason);
  TakeBack(ticket);
}

void Environment::OnLoopAboutToWait() {
  if (guest_ != nullptr) guest_->TakeStock();
  // Waking this thread out of its wait costs more than most answers take: look out for one a little longer, and for the
  // answer to what came of that, unless the loop has something else to do now.
  const TimePoint enough = Clock::now() + kLongestTalk;
  do {
    if (Process::Get().cores < 2 || uv_backend_timeout(about_to_wait_->loop) == 0) return;
    inbox_.BeginLooking();
    spin_.Spin([this] { return inbox_.HasItems(); });
    if (!inbox_.EndLooking()) {
      waiting_since_ = Clock::now();
      return;
    }
    Drain();
  } while (!shut_down_ && in_flight_ != 0 && received_next_ == received_.size() && Clock::now() < enough);
}

void Environment::Receive(Delivery delivery) {
  if (inbox_.Add(std::move(delivery)) == Inbox<Delivery>::Added::kFirst) Wake();
}

void Environment::Wake() {
  const auto wake = wake_.Acquire();
  if (*wake != nullptr) uv_async_send(*wake);
}

void Environment::OnOutcome(uint64_t ticket, Outcome outcome) {
  if (outcome.ok && outcome.kept == 0 && outcome.value.kind != Scalar::Kind::kEncoded) {
    Receive({.kind = Delivery::Kind::kScalar, .id = ticket, .scalar = outcome.value});
  } else {
    Receive({.kind = Delivery::Kind::kOutcome, .id = ticket, .outcome = std::make_unique<Outcome>(std::move(outcome))});
  }
}

void Environment::PostNews(uint64_t wait, News news) {
  Receive({.kind = news == News::kSettled ? Delivery::Kind::kSettled : Delivery::Kind::kTimeUp, .id = wait});
}

bool Environment::MayBlock(TimePoint deadline) const { return !is_main_thread_ || deadline != kNever; }

bool Environment::Park(const std::function<bool(TimePoint until)>& wait_until, const std::function<void()>& give_up,
                       TimePoint deadline) {
  if (is_main_thread_) {
    wait_until(deadline);
    return true;
  }
  // Nothing tells a worker thread in native code that it is being terminated.
  while (!wait_until(std::min(deadline, Clock::now() + kLookEvery)) && Clock::now() < deadline) {
    if (!IsTerminating()) continue;
    give_up();
    return false;
  }
  return true;
}

void Environment::OnClosed(uint64_t isolate_id, CloseKind kind) {
  Receive({.kind = Delivery::Kind::kClosed, .close_kind = kind, .id = isolate_id});
}

v8::MaybeLocal<v8::Value> Environment::CallForFailure(const Napi::FunctionReference& function, uint64_t isolate_id,
                                                      const Outcome& outcome) {
  // It ends by itself, and somebody may be waiting for that.
  if (outcome.code == ErrorCode::kMemoryLimit || outcome.code == ErrorCode::kIsolateClosed) BeginClosing(isolate_id);
  std::vector<v8::Local<v8::Value>> arguments = {ToV8(Napi::Number::New(env_, static_cast<double>(isolate_id)))};
  if (!FailureParts(outcome, &arguments)) return {};
  return ToV8(function.Value())
      .As<v8::Function>()
      ->Call(context(), v8::Undefined(isolate_), static_cast<int>(arguments.size()), arguments.data());
}

bool Environment::FailureParts(const Outcome& outcome, std::vector<v8::Local<v8::Value>>* parts) {
  v8::Local<v8::Value> thrown = v8::Undefined(isolate_);
  if (outcome.code == ErrorCode::kRemote && !Decoder::Decode(this, outcome.value).ToLocal(&thrown)) return false;
  parts->push_back(ToV8(Napi::String::New(env_, ErrorCodeText(outcome.code))));
  parts->push_back(thrown);
  parts->push_back(ToV8(Napi::String::New(env_, outcome.where)));
  parts->push_back(ToV8(Napi::String::New(env_, outcome.what)));
  parts->push_back(ToV8(Napi::Boolean::New(env_, outcome.not_an_error)));
  return true;
}

v8::Local<v8::Value> Environment::Result(uint64_t isolate_id, const Outcome& outcome) {
  v8::Local<v8::Value> value;
  if (outcome.ok) {
    // An exception of the decoder (no room in this heap) goes to the caller as it is.
    if (!Decoder::Decode(this, outcome.value).ToLocal(&value)) return {};
    return value;
  }
  if (CallForFailure(make_failure_, isolate_id, outcome).ToLocal(&value)) isolate_->ThrowException(value);
  return {};
}

void Environment::Settle(const Delivery& delivery) {
  const PendingRequests::Request request = requests_.Take(delivery.id);
  EndRequest(request.isolate_id);
  if (request.promise.IsEmpty()) {
    if (delivery.kind == Delivery::Kind::kOutcome && delivery.outcome->kept != 0) {
      // Nobody will ever let go of what was kept for it.
      IsolateBackend* control = Find(request.isolate_id != 0 ? request.isolate_id : delivery.outcome->isolate_id);
      if (control != nullptr) control->DropReference(delivery.outcome->kept);
    }
    return;
  }
  const v8::Local<v8::Promise::Resolver> promise = request.promise.Get(isolate_);
  if (delivery.kind == Delivery::Kind::kScalar) {
    (void)promise->Resolve(context(), Decoder::DecodeScalar(isolate_, delivery.scalar)).FromMaybe(false);
    return;
  }
  const Outcome& outcome = *delivery.outcome;
  // A task of a pool was asked of none in particular.
  const uint64_t isolate_id = request.isolate_id != 0 ? request.isolate_id : outcome.isolate_id;
  v8::TryCatch caught(isolate_);
  v8::Local<v8::Value> value;
  // A failure becomes a promise of its own: the error is then made in a job that leads to the caller, and V8 puts the
  // caller into its stack.
  const bool made = !outcome.ok         ? CallForFailure(fail_, isolate_id, outcome).ToLocal(&value)
                    : outcome.is_stream ? MakeStream(isolate_id, outcome).ToLocal(&value)
                                        : Decoder::Decode(this, outcome.value).ToLocal(&value);
  if (made) {
    (void)promise->Resolve(context(), value).FromMaybe(false);
  } else if (!caught.HasTerminated()) {
    // No room in this heap for what came: that is its caller's error.
    (void)promise->Reject(context(), caught.Exception()).FromMaybe(false);
  }
}

void Environment::Append(std::vector<v8::Local<v8::Value>>* batch, const Delivery& delivery) {
  if (delivery.kind != Delivery::Kind::kClosed && !Flows(delivery)) {
    AppendRemote(batch, delivery);
    return;
  }
  batch->push_back(v8::Number::New(isolate_, static_cast<double>(delivery.id)));
  if (delivery.kind == Delivery::Kind::kClosed) {
    Push(batch, CloseText(delivery.close_kind));
    return;
  }
  if (delivery.kind == Delivery::Kind::kUncaught) {
    Push(batch, "uncaught");
    Push(batch, delivery.uncaught_kind == UncaughtKind::kRejection ? "unhandledRejection" : "uncaughtException");
    v8::TryCatch caught(isolate_);
    // No room in this heap for what was thrown: it is told without.
    if (!FailureParts(*delivery.outcome, batch)) FailureParts(Outcome::Failure(ErrorCode::kRemote), batch);
    return;
  }
  Push(batch, delivery.output->to_stderr ? "stderr" : "stdout");
  Push(batch, delivery.output->method);
  v8::Local<v8::String> text;
  if (!delivery.output->text.ToV8(isolate_).ToLocal(&text)) text = v8::String::Empty(isolate_);
  batch->push_back(text);
  Push(batch, delivery.output->name);
}

void Environment::DrainAll() {
  const TimePoint deadline = Clock::now() + kLastWords;
  do {
    Drain();
  } while ((received_next_ < received_.size() || inbox_.HasItems()) && Clock::now() < deadline);
}

void Environment::Drain() {
  if (shut_down_) return;
  closed_here_ = false;
  const v8::HandleScope handles(isolate_);
  const v8::Context::Scope entered(context());
  if (received_next_ == received_.size()) {
    received_.clear();
    received_next_ = 0;
    inbox_.TakeAll(&received_);
  }
  // A guest that prints faster than its host takes must not keep the loop from its other work.
  std::vector<v8::Local<v8::Value>> batch;
  std::vector<uint64_t> closed;
  for (size_t taken = 0; taken < kMostPerTurn && received_next_ < received_.size(); ++taken) {
    // Moved out first: what JavaScript does with it may come back here.
    const Delivery delivery = std::move(received_[received_next_++]);
    if (delivery.kind == Delivery::Kind::kScalar || delivery.kind == Delivery::Kind::kOutcome) {
      const v8::HandleScope inner(isolate_);
      Settle(delivery);
      continue;
    }
    if (delivery.kind == Delivery::Kind::kSettled || delivery.kind == Delivery::Kind::kTimeUp) {
      const v8::HandleScope inner(isolate_);
      OnNews(delivery.id, delivery.kind == Delivery::Kind::kSettled ? News::kSettled : News::kTimeUp);
      continue;
    }
    if (delivery.kind == Delivery::Kind::kAsked) {
      if (guest_ != nullptr) guest_->RunTasks();
      // It may have called process.exit().
      if (shut_down_) return;
      continue;
    }
    if (Flows(delivery)) console_flow_.Leave(delivery.id, SizeOf(delivery));
    Append(&batch, delivery);
    if (delivery.kind == Delivery::Kind::kClosed) closed.push_back(delivery.id);
  }
  // Who added more in the meantime may have sent the very wake that brought us here, to what was left from before.
  if (received_next_ < received_.size() || inbox_.HasItems()) Wake();
  // As a callback of the loop, also with nothing in the batch: promise reactions and process.nextTick run when it
  // returns.
  napi_value result = nullptr;
  napi_value argument = ToNapi(v8::Array::New(isolate_, batch.data(), batch.size()));
  if (napi_make_callback(env_, nullptr, ToNapi(context()->Global()), deliver_.Value(), 1, &argument, &result) ==
      napi_pending_exception) {
    // deliver() throws nothing of its own; what arrives here is this environment being terminated.
    napi_value ignored = nullptr;
    napi_get_and_clear_last_exception(env_, &ignored);
  }
  if (shut_down_) return;
  // Only now: the errors of its calls, which promise reactions have just made, tell what it had used.
  for (const uint64_t isolate_id : closed) Forget(isolate_id);
}

}  // namespace isolates
