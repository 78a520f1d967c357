#include <utility>

#include "engine/child_isolates.h"
#include "engine/v8_compat.h"

// Console output of the isolates that a guest made, on its way to that guest or past it.
namespace isolates {

size_t ChildIsolates::SizeOf(const ConsoleOutput& output) { return output.method.size() + output.text.bytes(); }

void ChildIsolates::OnPrint(uint64_t isolate_id, ConsoleOutput output, const std::function<bool()>& give_up) {
  const std::shared_ptr<IsolateControl> parent = parent_.lock();
  auto way = ConsoleWay::kIgnore;
  {
    auto living = living_.Acquire();
    const auto found = living->isolates.find(isolate_id);
    if (found != living->isolates.end()) way = found->second.second;
  }
  if (parent == nullptr || way == ConsoleWay::kIgnore) return;
  if (way == ConsoleWay::kInherit) {
    parent->PassOn(std::move(output), give_up);
    return;
  }
  const bool here = parent->HeldByThisThread();
  // The parent waits for this very thread, so what it is given now cannot wait for it.
  const std::function<bool()> at_once = [] { return true; };
  console_flow_.Enter(isolate_id, SizeOf(output), here ? at_once : give_up);
  Receive(
      {.kind = Delivery::Kind::kPrint, .id = isolate_id, .output = std::make_unique<ConsoleOutput>(std::move(output))});
  if (!here || heap_ == nullptr) return;
  const HeapLock lock(heap_);
  if (lock.has_stack()) PrintWaiting();
}

void ChildIsolates::PrintWaiting() {
  if (console_flow_.IsEmpty() || heap_ == nullptr) return;
  const v8::HandleScope handles(isolate());
  std::vector<Delivery> arrived;
  inbox_.TakeAll(&arrived);
  std::vector<v8::Local<v8::Value>> batch;
  std::vector<Delivery> rest;
  const auto sort = [&](Delivery& delivery) {
    if (delivery.kind != Delivery::Kind::kPrint) {
      rest.push_back(std::move(delivery));
      return;
    }
    console_flow_.Leave(delivery.id, SizeOf(*delivery.output));
    Append(&batch, delivery);
  };
  for (size_t at = received_next_; at < received_.size(); ++at) sort(received_[at]);
  for (Delivery& delivery : arrived) sort(delivery);
  received_ = std::move(rest);
  received_next_ = 0;
  // The rest is for a task, which was posted for an inbox that is empty now.
  if (!received_.empty()) {
    if (const auto parent = parent_.lock()) parent->PostFromChildren();
  }
  if (batch.empty()) return;
  // A guest that is being stopped is stopped when it is back from here.
  const v8::TryCatch caught(isolate());
  Deliver(batch);
}

void ChildIsolates::Append(std::vector<v8::Local<v8::Value>>* batch, const Delivery& delivery) {
  batch->push_back(v8::Number::New(isolate(), static_cast<double>(delivery.id)));
  const auto push = [&](v8::MaybeLocal<v8::String> text) {
    batch->push_back(text.FromMaybe(v8::String::Empty(isolate())));
  };
  if (delivery.kind == Delivery::Kind::kClosed) {
    push(Literal(isolate(), CloseText(delivery.close_kind)));
    return;
  }
  push(Literal(isolate(), delivery.output->to_stderr ? "stderr" : "stdout"));
  push(FromUtf8(isolate(), delivery.output->method));
  push(delivery.output->text.ToV8(isolate()));
  push(FromUtf8(isolate(), delivery.output->name));
}

void ChildIsolates::Deliver(const std::vector<v8::Local<v8::Value>>& elements) {
  v8::Local<v8::Value> batch =
      v8::Array::New(isolate(), const_cast<v8::Local<v8::Value>*>(elements.data()), elements.size());
  (void)deliver_.Get(isolate())->Call(heap_->context(), v8::Undefined(isolate()), 1, &batch).IsEmpty();
}

}  // namespace isolates
