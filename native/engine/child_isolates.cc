#include "engine/child_isolates.h"

#include <string_view>
#include <utility>

#include "base/check.h"
#include "engine/decoder.h"
#include "engine/v8_compat.h"
#include "value/bytes.h"

namespace isolates {

namespace {

// Deliveries handed over in one task.
constexpr size_t kMostPerTask = 1024;
// Of lib/shared/answer.ts.
constexpr int kThrown = 0;

// An error as the encoder writes it, made where there is no heap to make it in.
Message Refusal() {
  constexpr std::string_view kText = "An isolate that a guest has made can import nothing but `isolates`";
  ByteWriter bytes;
  bytes.Byte(static_cast<uint8_t>(Tag::kError));
  bytes.Byte(static_cast<uint8_t>(ErrorKind::kError));
  bytes.Byte(static_cast<uint8_t>(ErrorField::kMessage));
  bytes.Byte(static_cast<uint8_t>(Tag::kOneByteString));
  bytes.Varint(kText.size());
  bytes.Raw(kText.data(), kText.size());
  bytes.Byte(static_cast<uint8_t>(ErrorField::kEnd));
  bytes.Byte(static_cast<uint8_t>(Tag::kEnd));
  Message message;
  message.kind = Message::Kind::kEncoded;
  message.bytes = bytes.Release();
  return message;
}

}  // namespace

ChildIsolates::~ChildIsolates() { ISOLATES_CHECK(heap_ == nullptr && held_.empty()); }

void ChildIsolates::Connect(GuestHeap* heap, const Callbacks& callbacks) {
  heap_ = heap;
  deliver_.Reset(isolate(), callbacks.deliver);
  make_failure_.Reset(isolate(), callbacks.make_failure);
  fail_.Reset(isolate(), callbacks.fail);
}

std::shared_ptr<IsolateControl> ChildIsolates::Create(IsolateControl::Options options, bool* no_memory, ConsoleWay way,
                                                      v8::Local<v8::Object> handle) {
  const std::shared_ptr<IsolateControl> parent = parent_.lock();
  if (!parent->quota()->Take()) return nullptr;
  if (parent->memory_quota() != nullptr) {
    if (!parent->memory_quota()->Take(options.limits.memory)) {
      parent->quota()->GiveBack();
      *no_memory = true;
      return nullptr;
    }
    options.family.memory_counted_in = parent->memory_quota();
  }
  options.family.parent = parent->id();
  options.family.counted_in = parent->quota();
  std::shared_ptr<IsolateControl> control = IsolateControl::Create(std::move(options), shared_from_this());
  living_.Acquire()->isolates.emplace(control->id(), std::make_pair(control->weak_from_this(), way));
  Resident& resident = residents_[control->id()];
  resident.control = control;
  resident.handle.Reset(isolate(), handle);
  Weaken(&resident);
  return control;
}

void ChildIsolates::Weaken(Resident* resident) {
  resident->handle.SetWeak(
      resident,
      [](const v8::WeakCallbackInfo<Resident>& info) {
        // In the midst of a collection, but stopping an isolate takes nothing of this heap.
        Resident* collected = info.GetParameter();
        collected->handle.Reset();
        collected->control->Stop(CloseKind::kTerminate);
      },
      v8::WeakCallbackType::kParameter);
}

IsolateControl* ChildIsolates::Find(uint64_t id) {
  const auto found = residents_.find(id);
  return found == residents_.end() ? nullptr : found->second.control.get();
}

v8::Local<v8::Value> ChildIsolates::Post(uint64_t id, std::unique_ptr<Operation> operation, const TimeLimits& limits) {
  const auto found = residents_.find(id);
  if (found == residents_.end()) return {};
  if (found->second.control->IsFull()) {
    Outcome outcome = Outcome::Failure(ErrorCode::kQueueFull);
    outcome.what = std::to_string(found->second.control->guest_limits().queue);
    return Result(id, outcome);
  }
  v8::Local<v8::Promise::Resolver> promise;
  if (!v8::Promise::Resolver::New(heap_->context()).ToLocal(&promise)) return {};
  const uint64_t ticket = requests_.Open(isolate(), promise, id);
  if (!found->second.control->Submit(std::move(operation), ticket, limits)) {
    requests_.Take(ticket);
    return {};
  }
  BeginRequest(&found->second);
  ++open_requests_;
  return promise->GetPromise();
}

void ChildIsolates::BeginRequest(Resident* resident) {
  if (resident->in_flight++ == 0) resident->handle.ClearWeak();
}

void ChildIsolates::EndRequest(uint64_t isolate_id) {
  const auto found = residents_.find(isolate_id);
  if (found != residents_.end() && --found->second.in_flight == 0) Weaken(&found->second);
}

void ChildIsolates::Abandon(uint64_t ticket, v8::Local<v8::Value> reason) {
  const v8::Global<v8::Promise::Resolver> promise = requests_.Abandon(ticket);
  if (!promise.IsEmpty()) (void)promise.Get(isolate())->Reject(heap_->context(), reason).FromMaybe(false);
}

v8::Local<v8::Value> ChildIsolates::PerformHere(uint64_t id, Operation* operation, const TimeLimits& limits) {
  Outcome outcome = Outcome::Failure(ErrorCode::kIsolateClosed);
  GuestHeap::Client* const client = heap_->client();
  Interrupts* const interrupts = client->ClientInterrupts();
  const auto found = residents_.find(id);
  if (found != residents_.end()) {
    // Keeps it over its own end: the parent's console function may close it.
    const std::shared_ptr<IsolateControl> child = found->second.control;
    BeginRequest(&found->second);
    const std::shared_ptr<IsolateControl> parent = parent_.lock();
    const bool on_node_thread = client->IsOnNodeThread();
    const std::function<bool()> thread_ends = [client] { return client->NodeThreadEnds(); };
    const std::function<bool()> give_up = [&] {
      PrintWaiting();
      return interrupts->Pending() || (on_node_thread && thread_ends());
    };
    std::shared_ptr<IsolateControl> outer = parent->Enter(child);
    {
      // What is done there is on the child's own account.
      const Interrupts::Pause pause(interrupts);
      child->PerformHere(operation, limits, {&give_up, on_node_thread ? &thread_ends : nullptr, interrupts}, &outcome);
    }
    parent->Enter(std::move(outer));
    client->OnBackFromHost();
    EndRequest(id);
  }
  if (interrupts->EndHere(isolate())) return {};
  return Result(id, outcome);
}

v8::MaybeLocal<v8::Value> ChildIsolates::CallForFailure(const v8::Global<v8::Function>& function, uint64_t isolate_id,
                                                        const Outcome& outcome) {
  v8::Local<v8::Value> thrown = v8::Undefined(isolate());
  if (outcome.code == ErrorCode::kRemote && !Decoder::Decode(heap_, outcome.value).ToLocal(&thrown)) return {};
  v8::Local<v8::String> where;
  v8::Local<v8::String> what;
  if (!FromUtf8(isolate(), outcome.where).ToLocal(&where) || !FromUtf8(isolate(), outcome.what).ToLocal(&what)) {
    return {};
  }
  v8::Local<v8::Value> arguments[] = {v8::Number::New(isolate(), static_cast<double>(isolate_id)),
                                      Literal(isolate(), ErrorCodeText(outcome.code)),
                                      thrown,
                                      where,
                                      what,
                                      v8::Boolean::New(isolate(), outcome.not_an_error)};
  return function.Get(isolate())->Call(heap_->context(), v8::Undefined(isolate()), 6, arguments);
}

v8::Local<v8::Value> ChildIsolates::Result(uint64_t id, const Outcome& outcome) {
  v8::Local<v8::Value> value;
  if (outcome.ok) return Decoder::Decode(heap_, outcome.value).FromMaybe(value);
  if (CallForFailure(make_failure_, id, outcome).ToLocal(&value)) isolate()->ThrowException(value);
  return {};
}

v8::Local<v8::Value> ChildIsolates::Hold(HeldFunction function) {
  auto* held = new Held{this, std::move(function), {}};
  const v8::Local<v8::External> value = NewExternal(isolate(), &held->function);
  held->value.Reset(isolate(), value);
  held->value.SetWeak(
      held,
      [](const v8::WeakCallbackInfo<Held>& info) {
        const std::unique_ptr<Held> collected(info.GetParameter());
        collected->owner->held_.erase(collected.get());
        collected->value.Reset();
      },
      v8::WeakCallbackType::kParameter);
  held_.insert(held);
  return value;
}

const ChildIsolates::HeldFunction* ChildIsolates::HeldAt(v8::Local<v8::Value> value) {
  return value->IsExternal() ? static_cast<const HeldFunction*>(ExternalPointer(value)) : nullptr;
}

void ChildIsolates::Settle(const Delivery& delivery) {
  const PendingRequests::Request request = requests_.Take(delivery.id);
  EndRequest(request.isolate_id);
  --open_requests_;
  if (request.promise.IsEmpty()) return;
  const v8::Local<v8::Promise::Resolver> promise = request.promise.Get(isolate());
  const Outcome& outcome = *delivery.outcome;
  v8::TryCatch caught(isolate());
  v8::Local<v8::Value> value;
  // A failure becomes a promise of its own: the error is then made in a job that leads to the caller, and V8 puts the
  // caller into its stack.
  const bool made = outcome.ok ? Decoder::Decode(heap_, outcome.value).ToLocal(&value)
                               : CallForFailure(fail_, request.isolate_id, outcome).ToLocal(&value);
  if (made) {
    (void)promise->Resolve(heap_->context(), value).FromMaybe(false);
  } else if (caught.HasTerminated()) {
    // V8 would forget it here.
    isolate()->TerminateExecution();
  } else if (caught.HasCaught()) {
    (void)promise->Reject(heap_->context(), caught.Exception()).FromMaybe(false);
  }
}

void ChildIsolates::Drain() {
  if (heap_ == nullptr) return;
  if (received_next_ == received_.size()) {
    received_.clear();
    received_next_ = 0;
    inbox_.TakeAll(&received_);
  }
  std::vector<v8::Local<v8::Value>> batch;
  for (size_t taken = 0; taken < kMostPerTask && received_next_ < received_.size(); ++taken) {
    // Moved out first: what JavaScript does with it may come back here.
    const Delivery delivery = std::move(received_[received_next_++]);
    if (delivery.kind == Delivery::Kind::kOutcome) {
      const v8::HandleScope inner(isolate());
      Settle(delivery);
      continue;
    }
    if (delivery.kind == Delivery::Kind::kPrint) console_flow_.Leave(delivery.id, SizeOf(*delivery.output));
    Append(&batch, delivery);
    if (delivery.kind == Delivery::Kind::kClosed) residents_.erase(delivery.id);
  }
  if (received_next_ < received_.size()) {
    if (const auto parent = parent_.lock()) parent->PostFromChildren();
  }
  if (!batch.empty()) Deliver(batch);
}

void ChildIsolates::Receive(Delivery delivery) {
  if (inbox_.Add(std::move(delivery)) != Inbox<Delivery>::Added::kFirst) return;
  if (const auto parent = parent_.lock()) parent->PostFromChildren();
}

void ChildIsolates::OnOutcome(uint64_t ticket, Outcome outcome) {
  Receive({.kind = Delivery::Kind::kOutcome, .id = ticket, .outcome = std::make_unique<Outcome>(std::move(outcome))});
}

void ChildIsolates::OnUncaught(uint64_t, UncaughtKind kind, Outcome failure, const std::function<bool()>& give_up) {
  if (const auto parent = parent_.lock()) parent->PassOn(kind, std::move(failure), give_up);
}

void ChildIsolates::OnHostCall(HostCall call) {
  std::shared_ptr<IsolateControl> caller;
  {
    auto living = living_.Acquire();
    const auto found = living->isolates.find(call.isolate_id);
    if (found != living->isolates.end()) caller = found->second.first.lock();
  }
  if (caller != nullptr) caller->AnswerGuest(call.number, {kThrown, Refusal()});
}

void ChildIsolates::OnClosed(uint64_t isolate_id, CloseKind kind) {
  Receive({.kind = Delivery::Kind::kClosed, .close_kind = kind, .id = isolate_id});
  std::function<void()> then;
  {
    auto living = living_.Acquire();
    living->isolates.erase(isolate_id);
    if (living->isolates.empty()) std::swap(then, living->when_all_gone);
  }
  if (then != nullptr) then();
}

void ChildIsolates::StopAll() {
  std::vector<std::shared_ptr<IsolateControl>> all;
  {
    auto living = living_.Acquire();
    for (const auto& [id, isolate] : living->isolates) {
      if (auto control = isolate.first.lock()) all.push_back(std::move(control));
    }
  }
  for (const std::shared_ptr<IsolateControl>& control : all) control->Stop(CloseKind::kExit);
}

void ChildIsolates::WhenAllGone(std::function<void()> then) {
  {
    auto living = living_.Acquire();
    if (!living->isolates.empty()) {
      living->when_all_gone = std::move(then);
      return;
    }
  }
  then();
}

void ChildIsolates::Leave() {
  inbox_.Close();
  console_flow_.Close();
  received_.clear();
  received_next_ = 0;
  requests_.Clear();
  residents_.clear();
  for (Held* held : held_) delete held;
  held_.clear();
  deliver_.Reset();
  make_failure_.Reset();
  fail_.Reset();
  heap_ = nullptr;
}

}  // namespace isolates
