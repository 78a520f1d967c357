#include "engine/interrupts.h"

#include <utility>

#include "base/check.h"
#include "engine/cpu_profiling.h"
#include "engine/process.h"
#include "engine/v8_compat.h"

namespace isolates {

namespace {

constexpr int kFrames = 10;
// So much CPU time takes a guest to a place where its stack can be noted, unless it is in the midst of V8's own work.
constexpr int64_t kFairChance = 1'500'000;
// A guest whose thread does not get a CPU is waited for so many times more.
constexpr int kMostPatience = 100;

// Tickets are JavaScript integers, so they stay below.
constexpr uint64_t kFirstNobodys = uint64_t{1} << 61;

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
  state->accounts = 0;
  has_accounts_.store(false, std::memory_order_relaxed);
}

bool Interrupts::InterruptIn(State* state, uint64_t number, Cause cause) {
  for (Execution* execution = state->innermost; execution != nullptr; execution = execution->outer_) {
    if (execution->number_ != number) continue;
    if (execution->cause_ != Cause::kNone) return true;
    execution->cause_ = cause;
    execution->token_ = execution->payer_;
    if (execution->thread_.has_value()) execution->cpu_when_told_ = execution->thread_->Nanoseconds();
    has_causes_.store(true, std::memory_order_release);
    if (cause == Cause::kAborted) {
      state->isolate->TerminateExecution();
    } else {
      // This object lives longer than the isolate, so the address is good whenever V8 gets round to calling.
      state->isolate->RequestInterrupt(Look, this);
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

uint64_t Interrupts::Innermost() {
  auto state = state_.Acquire();
  return state->innermost == nullptr ? 0 : state->innermost->number_;
}

bool Interrupts::RequestReview(uint64_t number) {
  auto state = state_.Acquire();
  for (Execution* execution = state->innermost; execution != nullptr; execution = execution->outer_) {
    if (execution->number_ != number) continue;
    execution->review_due_ = true;
    state->isolate->RequestInterrupt(Look, this);
    return true;
  }
  return false;
}

std::optional<TimePoint> Interrupts::InsistOnReview(uint64_t number) {
  std::shared_ptr<const std::function<void()>> wake;
  {
    auto state = state_.Acquire();
    Execution* const execution = state->innermost;
    if (execution == nullptr || execution->number_ != number || !execution->review_due_) return std::nullopt;
    if (execution->deadline_ == kNever || state->suspended != 0) return std::nullopt;
    if (Clock::now() < execution->deadline_) return execution->deadline_;
    execution->cause_ = Cause::kTimeout;
    execution->token_ = execution->payer_;
    if (execution->thread_.has_value()) execution->cpu_when_told_ = execution->thread_->Nanoseconds();
    has_causes_.store(true, std::memory_order_release);
    wake = state->wake;
    // Asleep it looks for itself when it is woken.
    if (wake == nullptr) state->isolate->TerminateExecution();
  }
  if (wake != nullptr) (*wake)();
  return std::nullopt;
}

std::optional<Interrupts::CpuLeft> Interrupts::LeftOf(uint64_t number) {
  auto state = state_.Acquire();
  for (Execution* execution = state->innermost; execution != nullptr; execution = execution->outer_) {
    if (execution->number_ != number) continue;
    if (!execution->has_account_) return std::nullopt;
    const bool paused = execution->paused_at_ >= 0;
    const int64_t now = paused ? execution->paused_at_ : execution->thread_->Nanoseconds();
    return CpuLeft{execution->account_limit_ - (now - execution->account_began_), paused || state->wake != nullptr};
  }
  return std::nullopt;
}

Interrupts::Pause::Pause(Interrupts* interrupts) : interrupts_(interrupts) {
  CpuProfiling::OnLeaving(interrupts_);
  if (!interrupts_->has_accounts_.load(std::memory_order_relaxed)) return;
  auto state = interrupts_->state_.Acquire();
  // Those further out were paused when this thread went out of them.
  for (Execution* execution = state->innermost; execution != nullptr; execution = execution->outer_) {
    if (execution->paused_at_ >= 0) break;
    if (execution->has_account_) execution->paused_at_ = execution->thread_->Nanoseconds();
  }
}

Interrupts::Pause::~Pause() {
  CpuProfiling::OnReturned(interrupts_);
  if (!interrupts_->has_accounts_.load(std::memory_order_relaxed)) return;
  auto state = interrupts_->state_.Acquire();
  Execution* const back = state->innermost;
  if (back == nullptr || back->paused_at_ < 0) return;
  const int64_t paused_at = back->paused_at_;
  const int64_t now = back->thread_->Nanoseconds();
  for (Execution* execution = back; execution != nullptr; execution = execution->outer_) {
    if (execution->paused_at_ != paused_at) break;
    execution->account_began_ += now - paused_at;
    execution->paused_at_ = -1;
  }
}

void Interrupts::CountCauses(const State& state) {
  bool any = false;
  for (Execution* execution = state.innermost; execution != nullptr; execution = execution->outer_) {
    any = any || execution->cause_ != Cause::kNone;
  }
  has_causes_.store(any, std::memory_order_release);
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

void Interrupts::InsistLater(std::weak_ptr<Interrupts> interrupts, uint64_t number) {
  InsistLater(std::move(interrupts), number, kMostPatience);
}

void Interrupts::InsistLater(std::weak_ptr<Interrupts> interrupts, uint64_t number, int more) {
  Process::Get().timer.Schedule(Clock::now() + kInsistAfter, [interrupts = std::move(interrupts), number, more] {
    const auto later = interrupts.lock();
    if (later != nullptr && !later->Insist(number, more == 0)) InsistLater(later, number, more - 1);
  });
}

bool Interrupts::Insist(uint64_t number, bool at_last) {
  auto state = state_.Acquire();
  for (Execution* execution = state->innermost; execution != nullptr; execution = execution->outer_) {
    if (execution->number_ != number || execution->cause_ == Cause::kNone) continue;
    const bool had_chance = at_last || !execution->thread_.has_value() ||
                            execution->thread_->Nanoseconds() - execution->cpu_when_told_ >= kFairChance;
    if (!had_chance) return false;
    state->isolate->TerminateExecution();
  }
  return true;
}

void Interrupts::Look(v8::Isolate* isolate, void* data) {
  auto* self = static_cast<Interrupts*>(data);
  const v8::HandleScope handles(isolate);
  uint64_t number = 0;
  Cause due = Cause::kNone;
  bool all_due = false;
  {
    auto state = self->state_.Acquire();
    Execution* const innermost = state->innermost;
    // What it was for may have ended before V8 called.
    if (innermost == nullptr) return;
    number = innermost->number_;
    due = innermost->cause_;
    for (Execution* execution = innermost; execution != nullptr; execution = execution->outer_) {
      execution->review_due_ = false;
      all_due = all_due || (execution != innermost && execution->cause_ != Cause::kNone);
    }
  }
  if (!all_due) {
    const Verdict verdict = self->judge_ == nullptr ? Verdict{due, 0} : self->judge_->Review(isolate, number, due);
    auto state = self->state_.Acquire();
    // One that was told to end in the meantime is looked at again.
    if (state->innermost->cause_ != due) {
      isolate->RequestInterrupt(Look, self);
      return;
    }
    state->innermost->cause_ = verdict.cause;
    state->innermost->token_ = verdict.token;
    self->CountCauses(*state);
    if (verdict.cause == Cause::kNone) return;
  }
  self->TerminateHere(isolate);
}

void Interrupts::TerminateHere(v8::Isolate* isolate) {
  std::string stack;
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
  auto state = state_.Acquire();
  for (Execution* execution = state->innermost; execution != nullptr; execution = execution->outer_) {
    if (execution->cause_ != Cause::kNone) execution->stack_ = stack;
  }
  isolate->TerminateExecution();
}

bool Interrupts::AskAgain(v8::Isolate* isolate) {
  if (!MayBePending() || !Pending()) return false;
  if (stopped() == CloseKind::kNone) {
    Look(isolate, this);
    if (!Pending()) return false;
  }
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
  CloseAccount();
  auto state = interrupts_->state_.Acquire();
  state->innermost = outer_;
}

void Interrupts::Execution::NoteThread() {
  auto state = interrupts_->state_.Acquire();
  thread_ = ThreadCpu::Current();
}

void Interrupts::Execution::OpenAccount(int64_t nanoseconds) {
  const int64_t now = thread_->Nanoseconds();
  auto state = interrupts_->state_.Acquire();
  if (!has_account_) {
    ++state->accounts;
    interrupts_->has_accounts_.store(true, std::memory_order_relaxed);
  }
  has_account_ = true;
  account_began_ = now;
  account_limit_ = nanoseconds;
}

int64_t Interrupts::Execution::CloseAccount() {
  // Only this thread opens one.
  if (!has_account_) return 0;
  const int64_t now = thread_->Nanoseconds();
  auto state = interrupts_->state_.Acquire();
  has_account_ = false;
  if (--state->accounts == 0) interrupts_->has_accounts_.store(false, std::memory_order_relaxed);
  return now - account_began_;
}

void Interrupts::Execution::SetPayer(uint64_t token, TimePoint deadline) {
  auto state = interrupts_->state_.Acquire();
  deadline_ = deadline;
  payer_ = token;
}

void Interrupts::Execution::Delay(std::chrono::nanoseconds time) {
  auto state = interrupts_->state_.Acquire();
  if (deadline_ != kNever) deadline_ += time;
}

bool Interrupts::Execution::GoOn(v8::Isolate* isolate, uint64_t token) {
  auto state = interrupts_->state_.Acquire();
  if (cause_ == Cause::kNone || token_ == token || interrupts_->stopped() != CloseKind::kNone) return false;
  for (Execution* outer = outer_; outer != nullptr; outer = outer->outer_) {
    if (outer->cause_ != Cause::kNone) return false;
  }
  cause_ = Cause::kNone;
  stack_.clear();
  interrupts_->CountCauses(*state);
  isolate->CancelTerminateExecution();
  return true;
}

Interrupts::Execution::End Interrupts::Execution::Finish(v8::Isolate* isolate, bool terminated) {
  Cause cause;
  uint64_t token = 0;
  std::string stack;
  bool outer_stopped = false;
  {
    auto state = interrupts_->state_.Acquire();
    state->innermost = outer_;
    finished_ = true;
    cause = cause_;
    token = token_;
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
  return {stopped, cause, std::move(stack), token};
}

}  // namespace isolates
