#include "engine/interrupts.h"

#include "base/check.h"

namespace isolates {

void Interrupts::Attach(v8::Isolate* isolate) { state_.Acquire()->isolate = isolate; }

void Interrupts::Detach() {
  auto state = state_.Acquire();
  ISOLATES_CHECK(state->innermost == nullptr);
  state->isolate = nullptr;
}

void Interrupts::Interrupt(uint64_t number, Cause cause) {
  auto state = state_.Acquire();
  for (Execution* execution = state->innermost; execution != nullptr; execution = execution->outer_) {
    if (execution->number_ != number) continue;
    if (execution->cause_ != Cause::kNone) return;
    execution->cause_ = cause;
    state->isolate->TerminateExecution();
    return;
  }
  state->early.push_back({number, cause});
}

void Interrupts::ForgetEarly() {
  auto state = state_.Acquire();
  state->early.clear();
}

bool Interrupts::Stop(CloseKind kind) {
  auto state = state_.Acquire();
  if (stopped_.load(std::memory_order_relaxed) != CloseKind::kNone) return false;
  stopped_.store(kind, std::memory_order_release);
  if (state->innermost != nullptr) state->isolate->TerminateExecution();
  return true;
}

bool Interrupts::RequestCallback(v8::InterruptCallback callback, void* data) {
  auto state = state_.Acquire();
  if (state->innermost == nullptr) return false;
  state->isolate->RequestInterrupt(callback, data);
  return true;
}

Interrupts::Execution::Execution(Interrupts* interrupts, uint64_t number)
    : interrupts_(interrupts), number_(number) {
  auto state = interrupts_->state_.Acquire();
  outer_ = state->innermost;
  state->innermost = this;
  for (size_t i = 0; i < state->early.size(); ++i) {
    if (state->early[i].number != number) continue;
    cause_ = state->early[i].cause;
    state->early.erase(state->early.begin() + static_cast<std::ptrdiff_t>(i));
    break;
  }
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
  bool outer_stopped = false;
  {
    auto state = interrupts_->state_.Acquire();
    state->innermost = outer_;
    finished_ = true;
    cause = cause_;
    for (Execution* outer = outer_; outer != nullptr; outer = outer->outer_) {
      outer_stopped = outer_stopped || outer->cause_ != Cause::kNone;
    }
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
  return {stopped, cause};
}

}  // namespace isolates
