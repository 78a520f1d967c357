#include "binding/environment.h"

#include <utility>

#include "base/check.h"
#include "engine/decoder.h"
#include "engine/node_platform.h"
#include "engine/process.h"

namespace isolates {

namespace {

const char* CodeText(ErrorCode code) {
  switch (code) {
#define X(enumerator, text)    \
  case ErrorCode::enumerator: \
    return text;
    ISOLATES_ERROR_CODES(X)
#undef X
  }
  return "";
}

const char* CloseText(CloseKind kind) {
  switch (kind) {
    case CloseKind::kClose:
      return "close";
    case CloseKind::kMemoryLimit:
      return "memory-limit";
    case CloseKind::kExit:
      return "exit";
    default:
      return "terminate";
  }
}

// What an idle isolate takes, about.
constexpr int64_t kIsolateSize = 1 << 20;

// How each delivery in a batch begins; lib/native.ts has the same.
enum DeliveryTag { kValue = 0, kFailure = 1, kPrint = 2, kClosed = 3 };

}  // namespace

void Environment::Create(Napi::Env env, bool is_main_thread, Napi::Function deliver, Napi::Function make_error) {
  auto* instance = new std::shared_ptr<Environment>(new Environment(env, is_main_thread, deliver, make_error));
  env.SetInstanceData(instance);
  (*instance)->StartLoopHandles();
  (*instance)->CountIn();
}

Environment::Environment(Napi::Env env, bool is_main_thread, Napi::Function deliver, Napi::Function make_error)
    : env_(env),
      isolate_(v8::Isolate::GetCurrent()),
      context_(isolate_, isolate_->GetCurrentContext()),
      is_main_thread_(is_main_thread),
      allocator_(std::make_shared<BufferAllocator>(BufferAllocator::kUnlimited)),
      deliver_(Napi::Persistent(deliver)),
      make_error_(Napi::Persistent(make_error)) {
  // The environment may be gone when the last share of this object is: what belongs to it is let go in Shutdown.
  deliver_.SuppressDestruct();
  make_error_.SuppressDestruct();
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

void Environment::Add(std::shared_ptr<IsolateControl> control) {
  const uint64_t id = control->id();
  controls_.emplace(id, std::move(control));
  // A handle is a few bytes here and a megabyte there: the collector should know.
  Napi::MemoryManagement::AdjustExternalMemory(env_, kIsolateSize);
}

void Environment::Forget(uint64_t id) {
  if (controls_.erase(id) != 0) Napi::MemoryManagement::AdjustExternalMemory(env_, -kIsolateSize);
  if (closing_.erase(id) != 0) Ended(1);
}

void Environment::BeganClosing(uint64_t id) {
  if (closing_.insert(id).second) Began();
}

IsolateControl* Environment::Find(uint64_t id) {
  const auto found = controls_.find(id);
  return found == controls_.end() ? nullptr : found->second.get();
}

void Environment::Began() {
  if (in_flight_++ != 0) return;
  uv_ref(reinterpret_cast<uv_handle_t*>(*wake_.Acquire()));
  uv_prepare_start(about_to_wait_,
                   [](uv_prepare_t* handle) { static_cast<Environment*>(handle->data)->OnLoopAboutToWait(); });
}

void Environment::Ended(size_t count) {
  if (count == 0) return;
  ISOLATES_CHECK(count <= in_flight_);
  in_flight_ -= count;
  if (in_flight_ != 0) return;
  uv_unref(reinterpret_cast<uv_handle_t*>(*wake_.Acquire()));
  uv_prepare_stop(about_to_wait_);
}

void Environment::OnLoopAboutToWait() {
  // Waking this thread out of its wait costs more than most answers take: look out for one a little longer, unless the
  // loop has something else to do now.
  if (Process::Get().cores < 2 || uv_backend_timeout(about_to_wait_->loop) == 0) return;
  if (spin_.Spin([this] { return inbox_.HasItems(); })) {
    Drain();
  } else {
    waiting_since_ = Clock::now();
  }
}

void Environment::Receive(Delivery delivery) {
  if (inbox_.Add(std::move(delivery)) != Inbox<Delivery>::Added::kFirst) return;
  const auto wake = wake_.Acquire();
  if (*wake != nullptr) uv_async_send(*wake);
}

void Environment::OnOutcome(uint64_t ticket, Outcome outcome) {
  Receive({Delivery::Kind::kOutcome, ticket, std::move(outcome), {}});
}

void Environment::OnPrint(uint64_t isolate_id, ConsoleOutput output) {
  if (std::this_thread::get_id() == thread_ && sync_depth_ > 0) {
    PrintNow(isolate_id, output);
  } else {
    Receive({Delivery::Kind::kPrint, isolate_id, {}, std::move(output)});
  }
}

void Environment::OnClosed(uint64_t isolate_id, CloseKind kind) {
  Receive({Delivery::Kind::kClosed, isolate_id, {}, {}, kind});
}

Napi::Value Environment::Result(const Outcome& outcome) {
  if (outcome.ok) {
    v8::Local<v8::Value> value;
    // An exception of the decoder (no room in this heap) goes to the caller as it is.
    if (!Decoder(isolate_, context(), allocator(), outcome.value).Decode().ToLocal(&value)) return {};
    return {env_, ToNapi(value)};
  }
  const Napi::Value error = MakeError(outcome);
  if (!error.IsEmpty()) napi_throw(env_, error);
  return {};
}

Napi::Value Environment::MakeError(const Outcome& outcome) {
  napi_value thrown = env_.Undefined();
  if (outcome.code == ErrorCode::kRemote) {
    v8::Local<v8::Value> value;
    if (Decoder(isolate_, context(), allocator(), outcome.value).Decode().ToLocal(&value)) thrown = ToNapi(value);
  }
  return make_error_.Call({Napi::String::New(env_, CodeText(outcome.code)), thrown,
                           Napi::String::New(env_, outcome.where), Napi::String::New(env_, outcome.what),
                           Napi::Boolean::New(env_, outcome.not_an_error)});
}

void Environment::Append(Napi::Array batch, Delivery* delivery) {
  uint32_t at = batch.Length();
  const auto push = [&](napi_value value) { batch.Set(at++, value); };
  const auto head = [&](DeliveryTag tag) {
    push(Napi::Number::New(env_, tag));
    push(Napi::Number::New(env_, static_cast<double>(delivery->id)));
  };
  switch (delivery->kind) {
    case Delivery::Kind::kOutcome: {
      v8::TryCatch caught(isolate_);
      v8::Local<v8::Value> value;
      Napi::Value error;
      if (!delivery->outcome.ok) {
        error = MakeError(delivery->outcome);
      } else if (Decoder(isolate_, context(), allocator(), delivery->outcome.value).Decode().ToLocal(&value)) {
        head(kValue);
        push(ToNapi(value));
        return;
      }
      head(kFailure);
      // Without room in this heap for what came, that is its caller's error.
      if (!error.IsEmpty()) {
        push(error);
      } else {
        push(caught.HasCaught() ? ToNapi(caught.Exception()) : env_.GetAndClearPendingException().Value());
      }
      return;
    }
    case Delivery::Kind::kPrint:
      head(kPrint);
      push(Napi::String::New(env_, delivery->output.method));
      push(Napi::Boolean::New(env_, delivery->output.to_stderr));
      push(Napi::String::New(env_, delivery->output.text));
      return;
    case Delivery::Kind::kClosed:
      Forget(delivery->id);
      head(kClosed);
      push(Napi::String::New(env_, CloseText(delivery->close_kind)));
      return;
  }
}

void Environment::Drain() {
  if (shut_down_) return;
  const Napi::HandleScope handles(env_);
  v8::Context::Scope entered(context());
  inbox_.TakeAll(&received_);
  // Taken off at once: what JavaScript does with a delivery may come back here.
  std::vector<Delivery> taken;
  std::swap(taken, received_);
  // One array for all would hold every value of a long batch at a time.
  constexpr size_t kMost = 1024;
  for (size_t begin = 0; begin < taken.size() && !shut_down_; begin += kMost) {
    const Napi::HandleScope inner(env_);
    const Napi::Array batch = Napi::Array::New(env_);
    const size_t end = std::min(taken.size(), begin + kMost);
    size_t ended = 0;
    for (size_t i = begin; i < end; ++i) {
      if (taken[i].kind == Delivery::Kind::kOutcome) ++ended;
      Append(batch, &taken[i]);
    }
    Ended(ended);
    Call(batch);
  }
  taken.clear();
  if (received_.capacity() == 0) std::swap(taken, received_);
}

void Environment::Call(Napi::Array batch) {
  // As a callback of the loop: process.nextTick and promise reactions run when it returns.
  napi_value result = nullptr;
  napi_value argument = batch;
  const napi_status status =
      napi_make_callback(env_, nullptr, env_.Global(), deliver_.Value(), 1, &argument, &result);
  if (status != napi_pending_exception) return;
  // deliver() throws nothing of its own; what arrives here is this environment being terminated.
  napi_value ignored = nullptr;
  napi_get_and_clear_last_exception(env_, &ignored);
}

void Environment::PrintNow(uint64_t isolate_id, const ConsoleOutput& output) {
  v8::Isolate::Scope host(isolate_);
  v8::HandleScope handles(isolate_);
  v8::Context::Scope entered(context());
  Napi::Array batch = Napi::Array::New(env_);
  Delivery delivery{Delivery::Kind::kPrint, isolate_id, {}, output};
  Append(batch, &delivery);
  napi_value result = nullptr;
  napi_value argument = batch;
  if (napi_call_function(env_, env_.Global(), deliver_.Value(), 1, &argument, &result) == napi_ok) return;
  napi_value ignored = nullptr;
  napi_get_and_clear_last_exception(env_, &ignored);
}

}  // namespace isolates
