#include <utility>

#include "binding/environment.h"

// Console output, and errors that are nobody's, on their way to JavaScript.
namespace isolates {

size_t Environment::SizeOf(const Delivery& delivery) {
  if (delivery.output != nullptr) return delivery.output->method.size() + delivery.output->text.bytes();
  return delivery.outcome->value.size() + delivery.outcome->where.size();
}

void Environment::OnPrint(uint64_t isolate_id, ConsoleOutput output, const std::function<bool()>& give_up) {
  Flow({.kind = Delivery::Kind::kPrint, .id = isolate_id, .output = std::make_unique<ConsoleOutput>(std::move(output))},
       give_up);
}

void Environment::OnUncaught(uint64_t isolate_id, UncaughtKind kind, Outcome failure,
                             const std::function<bool()>& give_up) {
  Flow({.kind = Delivery::Kind::kUncaught,
        .uncaught_kind = kind,
        .id = isolate_id,
        .outcome = std::make_unique<Outcome>(std::move(failure))},
       give_up);
}

void Environment::Flow(Delivery delivery, const std::function<bool()>& give_up) {
  if (std::this_thread::get_id() == thread_ && sync_depth_ > 0) {
    TakeUrgent();
    std::vector<v8::Local<v8::Value>> batch;
    const v8::Isolate::Scope host(isolate_);
    const v8::HandleScope handles(isolate_);
    {
      const v8::Context::Scope entered(context());
      Append(&batch, delivery);
    }
    PrintNow(&batch);
    return;
  }
  console_flow_.Enter(delivery.id, SizeOf(delivery), give_up);
  Receive(std::move(delivery));
  WakeWaiting();
}

void Environment::TakeUrgent() {
  // One that runs on a thread of its own goes on while this one waits for it, and may wait for any of its calls.
  const bool any_call = sync_control_ != nullptr && sync_control_->has_thread();
  const bool nothing = console_flow_.IsEmpty() && remote_.blocked.load(std::memory_order_relaxed) == 0;
  if (shut_down_ || (nothing && !(any_call && inbox_.HasItems()))) return;
  const v8::Isolate::Scope host(isolate_);
  const v8::HandleScope handles(isolate_);
  const v8::Context::Scope entered(context());
  std::vector<Delivery> arrived;
  inbox_.TakeAll(&arrived);
  std::vector<v8::Local<v8::Value>> batch;
  std::vector<Delivery> rest;
  const auto sort = [&](Delivery& delivery) {
    const bool blocks = delivery.kind == Delivery::Kind::kCall &&
                        (delivery.call->blocks || (any_call && delivery.call->isolate_id == sync_control_->id()));
    if (!Flows(delivery) && !blocks) {
      rest.push_back(std::move(delivery));
      return;
    }
    if (!blocks) console_flow_.Leave(delivery.id, SizeOf(delivery));
    Append(&batch, delivery);
  };
  for (size_t at = received_next_; at < received_.size(); ++at) sort(received_[at]);
  for (Delivery& delivery : arrived) sort(delivery);
  received_ = std::move(rest);
  received_next_ = 0;
  // The rest is for the loop, which was told of an inbox that is empty now.
  if (!received_.empty()) Wake();
  if (!batch.empty()) PrintNow(&batch);
}

bool Environment::PrintNow(std::vector<v8::Local<v8::Value>>* elements) {
  const v8::Context::Scope entered(context());
  v8::TryCatch caught(isolate_);
  v8::Local<v8::Value> batch = v8::Array::New(isolate_, elements->data(), elements->size());
  const auto deliver = ToV8(deliver_.Value()).As<v8::Function>();
  if (!deliver->Call(context(), v8::Undefined(isolate_), 1, &batch).IsEmpty()) return true;
  if (!caught.HasTerminated()) return false;
  // This environment is being terminated. Caught here, that would be forgotten.
  isolate_->TerminateExecution();
  if (sync_control_ != nullptr) sync_control_->Stop(CloseKind::kExit);
  return true;
}

}  // namespace isolates
