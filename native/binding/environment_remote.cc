#include <utility>

#include "binding/environment.h"
#include "engine/decoder.h"
#include "engine/v8_compat.h"

// Guests that call this environment.
namespace isolates {

void Environment::ConnectRemote(v8::Local<v8::Function> export_value, v8::Local<v8::Function> make_stream) {
  remote_.export_value.Reset(isolate_, export_value);
  remote_.make_stream.Reset(isolate_, make_stream);
}

std::shared_ptr<HostFunction> Environment::FunctionOf(uint64_t number, bool blocks, v8::Local<v8::Value> value) {
  std::weak_ptr<HostFunction>& known = remote_.functions[number];
  std::shared_ptr<HostFunction> function = known.lock();
  if (function == nullptr) {
    const v8::Local<v8::Value> name = value.As<v8::Function>()->GetDebugName();
    function = std::make_shared<HostFunction>(weak_from_this(), number, blocks,
                                              name->IsString() ? ToUtf8(isolate_, name.As<v8::String>()) : "");
    known = function;
  }
  return function;
}

void Environment::OnHostCall(HostCall call) {
  if (call.blocks) remote_.blocked.fetch_add(1, std::memory_order_relaxed);
  Receive({.kind = Delivery::Kind::kCall, .id = call.isolate_id, .call = std::make_unique<HostCall>(std::move(call))});
  WakeWaiting();
}

void Environment::OnHostCallAborted(uint64_t isolate_id, uint64_t call) {
  Receive({.kind = Delivery::Kind::kCallAborted,
           .id = isolate_id,
           .call = std::make_unique<HostCall>(HostCall{isolate_id, call, 0, false, -1, {}})});
}

void Environment::OnFunctionDropped(uint64_t function) {
  Receive({.kind = Delivery::Kind::kFunctionDropped, .id = function});
}

bool Environment::ServeHere(HostCall* call) {
  if (std::this_thread::get_id() != thread_ || sync_depth_ == 0) return false;
  TakeUrgent();
  std::vector<v8::Local<v8::Value>> batch;
  const v8::Isolate::Scope host(isolate_);
  const v8::HandleScope handles(isolate_);
  AppendCall(&batch, call);
  if (PrintNow(&batch)) return true;
  if (IsolateBackend* control = Find(call->isolate_id)) {
    HostCalls::Answer unable{.kind = HostCalls::Answer::kUnable, .value = {}};
    control->host_calls().OnAnswer(call->number, &unable);
  }
  return true;
}

void Environment::OnRetired(uint64_t isolate_id) { Receive({.kind = Delivery::Kind::kRetired, .id = isolate_id}); }

void Environment::Push(std::vector<v8::Local<v8::Value>>* batch, std::string_view text) {
  v8::Local<v8::String> string;
  if (!FromUtf8(isolate_, text).ToLocal(&string)) string = v8::String::Empty(isolate_);
  batch->push_back(string);
}

void Environment::AppendCall(std::vector<v8::Local<v8::Value>>* batch, HostCall* call) {
  const auto number = [this](uint64_t value) { return v8::Number::New(isolate_, static_cast<double>(value)); };
  batch->push_back(number(call->isolate_id));
  Push(batch, "call");
  batch->push_back(number(call->number));
  batch->push_back(number(call->function));
  {
    const v8::Context::Scope entered(context());
    v8::TryCatch caught(isolate_);
    v8::Local<v8::Value> arguments;
    // There is no room for them here: the one who is called says so.
    if (!Decoder::Decode(this, call->arguments).ToLocal(&arguments)) arguments = v8::Undefined(isolate_);
    if (caught.HasTerminated()) isolate_->TerminateExecution();
    batch->push_back(arguments);
  }
  batch->push_back(v8::Integer::New(isolate_, call->signal));
  if (IsolateBackend* control = Find(call->isolate_id)) control->host_calls().Reached(call->number);
}

void Environment::AppendRemote(std::vector<v8::Local<v8::Value>>* batch, const Delivery& delivery) {
  switch (delivery.kind) {
    case Delivery::Kind::kCall:
      if (delivery.call->blocks) remote_.blocked.fetch_sub(1, std::memory_order_relaxed);
      AppendCall(batch, delivery.call.get());
      return;
    case Delivery::Kind::kCallAborted:
      batch->push_back(v8::Number::New(isolate_, static_cast<double>(delivery.id)));
      Push(batch, "abort");
      batch->push_back(v8::Number::New(isolate_, static_cast<double>(delivery.call->number)));
      return;
    case Delivery::Kind::kRetired:
      batch->push_back(v8::Number::New(isolate_, static_cast<double>(delivery.id)));
      Push(batch, "retired");
      return;
    default: {
      const auto found = remote_.functions.find(delivery.id);
      // It may have been sent anew meanwhile: then it is dropped anew, too.
      if (found == remote_.functions.end() || !found->second.expired()) return;
      remote_.functions.erase(found);
      batch->push_back(v8::Number::New(isolate_, static_cast<double>(delivery.id)));
      Push(batch, "drop");
    }
  }
}

v8::MaybeLocal<v8::Value> Environment::MakeStream(uint64_t isolate_id, const Outcome& outcome) {
  v8::Local<v8::Value> arguments[] = {v8::Number::New(isolate_, static_cast<double>(isolate_id)),
                                      v8::Number::New(isolate_, outcome.value.number)};
  return remote_.make_stream.Get(isolate_)->Call(context(), v8::Undefined(isolate_), 2, arguments);
}

}  // namespace isolates
