#include "engine/interrupts.h"

#include <utility>

#include "base/check.h"
#include "engine/v8_compat.h"

namespace isolates {

namespace {

constexpr int kFrames = 10;

// Tickets are JavaScript integers, so they stay below.
constexpr uint64_t kFirstNobodys = uint64_t{1} << 61;
constexpr uint64_t kLastNobodys = (uint64_t{1} << 62) - 1;

}  // namespace

void Interrupts::Attach(v8::Isolate* isolate) { state_.Acquire()->isolate = isolate; }

void Interrupts::Detach() {
  auto state = state_.Acquire();
  ISOLATES_CHECK(state->innermost == nullptr);
  state->isolate = nullptr;
}

void Interrupts::Abandon() {
  auto state = state_.Acquire();
  state->innermost = nullptr;
  state->isolate = nullptr;
  state->wake = nullptr;
}

bool Interrupts::InterruptIn(State* state, uint64_t number, Cause cause) {
  for (Execution* execution = state->innermost; execution != nullptr; execution = execution->outer_) {
    if (execution->number_ != number) continue;
    if (execution->cause_ != Cause::kNone) return true;
    execution->cause_ = cause;
    has_causes_.store(true, std::memory_order_release);
    if (cause == Cause::kAborted) {
      state->isolate->TerminateExecution();
    } else {
      // This object lives longer than the isolate, so the address is good whenever V8 gets round to calling.
      state->isolate->RequestInterrupt(TerminateHere, this);
    }
    return true;
  }
  return false;
}

void Interrupts::Interrupt(uint64_t number, Cause cause) {
  std::shared_ptr<const std::function<void()>> wake;
  {
    auto state = state_.Acquire();
    if (InterruptIn(&*state, number, cause)) {
      wake = state->wake;
    } else {
      state->early.push_back({number, cause});
      has_early_.store(true, std::memory_order_relaxed);
    }
  }
  if (wake != nullptr) (*wake)();
}

uint64_t Interrupts::NextNobodys() {
  static std::atomic<uint64_t> next{kFirstNobodys};
  return next.fetch_add(1, std::memory_order_relaxed);
}

uint64_t Interrupts::CutOffNobodys() {
  std::shared_ptr<const std::function<void()>> wake;
  uint64_t number = 0;
  {
    auto state = state_.Acquire();
    for (Execution* execution = state->innermost; execution != nullptr; execution = execution->outer_) {
      if (execution->number_ >= kFirstNobodys && execution->number_ <= kLastNobodys) number = execution->number_;
    }
    if (number == 0 || !InterruptIn(&*state, number, Cause::kCutOff)) return 0;
    wake = state->wake;
  }
  if (wake != nullptr) (*wake)();
  return number;
}

Interrupts::Sleep::Sleep(Interrupts* interrupts, std::function<void()> wake) : interrupts_(interrupts) {
  auto mine = std::make_shared<const std::function<void()>>(std::move(wake));
  {
    auto state = interrupts_->state_.Acquire();
    outer_ = std::exchange(state->wake, mine);
  }
  // What was told to end before this knew nobody to wake.
  if (interrupts_->Pending()) (*mine)();
}

Interrupts::Sleep::~Sleep() { interrupts_->state_.Acquire()->wake = outer_; }

void Interrupts::Insist(uint64_t number) {
  auto state = state_.Acquire();
  for (Execution* execution = state->innermost; execution != nullptr; execution = execution->outer_) {
    if (execution->number_ == number && execution->cause_ != Cause::kNone) state->isolate->TerminateExecution();
  }
}

void Interrupts::TerminateHere(v8::Isolate* isolate, void* data) {
  auto* self = static_cast<Interrupts*>(data);
  const v8::HandleScope handles(isolate);
  std::string stack;
  bool meant = false;
  {
    auto state = self->state_.Acquire();
    for (Execution* execution = state->innermost; execution != nullptr; execution = execution->outer_) {
      meant = meant || execution->cause_ != Cause::kNone;
    }
  }
  // The one it was for may have ended before V8 called.
  if (!meant) return;
  const v8::Local<v8::StackTrace> trace = v8::StackTrace::CurrentStackTrace(isolate, kFrames);
  for (int i = 0; i < trace->GetFrameCount(); ++i) {
    const v8::Local<v8::StackFrame> frame = trace->GetFrame(isolate, static_cast<uint32_t>(i));
    const v8::Local<v8::String> function = frame->GetFunctionName();
    const v8::Local<v8::String> file = frame->GetScriptNameOrSourceURL();
    const std::string place = (file.IsEmpty() ? "<anonymous>" : ToUtf8(isolate, file)) + ":" +
                              std::to_string(frame->GetLineNumber()) + ":" + std::to_string(frame->GetColumn());
    const bool named = !function.IsEmpty() && function->Length() > 0;
    stack +=
        (stack.empty() ? "    at " : "\n    at ") + (named ? ToUtf8(isolate, function) + " (" + place + ")" : place);
  }
  auto state = self->state_.Acquire();
  for (Execution* execution = state->innermost; execution != nullptr; execution = execution->outer_) {
    if (execution->cause_ != Cause::kNone) execution->stack_ = stack;
  }
  isolate->TerminateExecution();
}

bool Interrupts::AskAgain(v8::Isolate* isolate) {
  if (!MayBePending() || !Pending()) return false;
  TerminateHere(isolate, this);
  isolate->TerminateExecution();
  return true;
}

bool Interrupts::EndHere(v8::Isolate* isolate) {
  if (!AskAgain(isolate)) return false;
  // V8 throws a termination only when JavaScript looks for it, and the guest might be done before it does: the shortest
  // script has it thrown now, for the native function to return with.
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::Local<v8::Script> script;
  if (v8::Script::Compile(context, Literal(isolate, "0")).ToLocal(&script)) {
    (void)script->Run(context).IsEmpty();
  }
  return true;
}

void Interrupts::ForgetEarly() {
  if (!has_early_.load(std::memory_order_relaxed)) return;
  auto state = state_.Acquire();
  has_early_.store(false, std::memory_order_relaxed);
  state->early.clear();
}

bool Interrupts::Stop(CloseKind kind) {
  std::shared_ptr<const std::function<void()>> wake;
  {
    auto state = state_.Acquire();
    if (stopped_.load(std::memory_order_relaxed) != CloseKind::kNone) return false;
    stopped_.store(kind, std::memory_order_release);
    if (state->innermost != nullptr) state->isolate->TerminateExecution();
    wake = state->wake;
  }
  if (wake != nullptr) (*wake)();
  return true;
}

bool Interrupts::Pending() {
  if (stopped() != CloseKind::kNone) return true;
  auto state = state_.Acquire();
  for (Execution* execution = state->innermost; execution != nullptr; execution = execution->outer_) {
    if (execution->cause_ != Cause::kNone) return true;
  }
  return false;
}

bool Interrupts::RequestCallback(v8::InterruptCallback callback, void* data) {
  auto state = state_.Acquire();
  if (state->innermost == nullptr) return false;
  state->isolate->RequestInterrupt(callback, data);
  return true;
}

Interrupts::Execution::Execution(Interrupts* interrupts, uint64_t number) : interrupts_(interrupts), number_(number) {
  auto state = interrupts_->state_.Acquire();
  outer_ = state->innermost;
  state->innermost = this;
  for (size_t i = 0; i < state->early.size(); ++i) {
    if (state->early[i].number != number) continue;
    cause_ = state->early[i].cause;
    state->early.erase(state->early.begin() + static_cast<std::ptrdiff_t>(i));
    break;
  }
  if (cause_ != Cause::kNone) interrupts_->has_causes_.store(true, std::memory_order_release);
  // A stop that comes after this look finds the execution and terminates it.
  dead_on_arrival_ = cause_ != Cause::kNone || interrupts_->stopped() != CloseKind::kNone;
}

Interrupts::Execution::~Execution() {
  if (finished_) return;
  auto state = interrupts_->state_.Acquire();
  state->innermost = outer_;
}

Interrupts::Execution::End Interrupts::Execution::Finish(v8::Isolate* isolate, bool terminated) {
  Cause cause;
  std::string stack;
  bool outer_stopped = false;
  {
    auto state = interrupts_->state_.Acquire();
    state->innermost = outer_;
    finished_ = true;
    cause = cause_;
    stack = std::move(stack_);
    for (Execution* outer = outer_; outer != nullptr; outer = outer->outer_) {
      outer_stopped = outer_stopped || outer->cause_ != Cause::kNone;
    }
    if (!outer_stopped) interrupts_->has_causes_.store(false, std::memory_order_release);
  }
  const bool stopped = interrupts_->stopped() != CloseKind::kNone || outer_stopped;
  if (terminated || stopped || cause != Cause::kNone) {
    isolate->CancelTerminateExecution();
    if (outer_ == nullptr) {
      // A microtask that was left over would run, and perhaps never end, in a later and unrelated call. V8 empties
      // the queue when a termination hits it.
      isolate->TerminateExecution();
      isolate->PerformMicrotaskCheckpoint();
      isolate->CancelTerminateExecution();
    } else if (stopped) {
      isolate->TerminateExecution();
    }
  }
  return {stopped, cause, std::move(stack)};
}

}  // namespace isolates
