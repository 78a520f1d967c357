#include "engine/isolate_run.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/inspection.h"
#include "engine/process.h"

namespace isolates {

namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

// CPU time that is left is looked at no more often than that; while the thread waits, less often.
constexpr std::chrono::nanoseconds kLeastCpu{200'000};
constexpr std::chrono::nanoseconds kLeastCpuAtRest{10'000'000};
// Where something may still come of a call that was stopped, what runs is looked at after so long, and then less often.
constexpr Milliseconds kSuspicion{1};
constexpr int kMostDoublings = 4;

// Of two limits, 0 for none.
double Less(double one, double other) { return one > 0 && (other == 0 || one < other) ? one : other; }

TimePoint After(TimePoint moment, double milliseconds) { return DeadlineAfter(moment, milliseconds); }

}  // namespace

DeadlineTimer::Key IsolateControl::ScheduleTimeout(uint64_t number, const TimeLimits& limits, TimePoint deadline) {
  return Process::Get().timer.Schedule(deadline, [weak = weak_from_this(), number, limits] {
    if (const auto self = weak.lock()) self->EndOrAnswer(number, Interrupts::Cause::kTimeout, limits);
  });
}

void IsolateControl::EndOrAnswer(uint64_t number, Interrupts::Cause cause, const TimeLimits& limits) {
  EndInTime(number, cause);
  // Some of V8's native work never looks whether it should stop: who called need not wait for it.
  Process::Get().timer.Schedule(Clock::now() + kOverdueAfter, [weak = weak_from_this(), number, cause, limits] {
    if (const auto overdue = weak.lock()) overdue->AnswerRunning(number, CutOff(cause, limits, {}));
  });
}

void IsolateControl::EndInTime(uint64_t number, Interrupts::Cause cause) {
  interrupts_.Interrupt(number, cause);
  Interrupts::InsistLater(std::shared_ptr<Interrupts>(shared_from_this(), &interrupts_), number);
}

DeadlineTimer::Key IsolateControl::ScheduleCpuTimeout(uint64_t number, const TimeLimits& limits, int64_t nanoseconds) {
  const TimePoint moment = Clock::now() + std::chrono::nanoseconds(std::max<int64_t>(nanoseconds, 0));
  return Process::Get().timer.Schedule(moment, [weak = weak_from_this(), number, limits] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    const auto left = self->interrupts_.LeftOf(number);
    if (!left.has_value()) return;
    if (left->nanoseconds <= 0) {
      self->EndOrAnswer(number, Interrupts::Cause::kCpuTimeout, limits);
    } else {
      // CPU time passes no faster than time does.
      const auto least = left->rests ? kLeastCpuAtRest : kLeastCpu;
      self->ScheduleCpuTimeout(number, limits, std::max<int64_t>(left->nanoseconds, least.count()));
    }
  });
}

DeadlineTimer::Key IsolateControl::ScheduleReview(uint64_t number, TimePoint moment) {
  return Process::Get().timer.Schedule(moment, [weak = weak_from_this(), number] {
    const auto self = weak.lock();
    if (self != nullptr && self->interrupts_.RequestReview(number)) self->InsistOnReview(number);
  });
}

void IsolateControl::InsistOnReview(uint64_t number) {
  InsistOnReview(number, Clock::now() + Interrupts::kInsistAfter);
}

void IsolateControl::InsistOnReview(uint64_t number, TimePoint moment) {
  Process::Get().timer.Schedule(moment, [weak = weak_from_this(), number] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    if (const auto again = self->interrupts_.InsistOnReview(number)) self->InsistOnReview(number, *again);
  });
}

IsolateControl::Run::Run(IsolateControl* control, const HeapLock& lock, RunKind kind, uint64_t number, Budget* own)
    : control_(control),
      lock_(lock),
      kind_(kind),
      number_(number),
      own_(own),
      outer_(std::exchange(control->run_, this)),
      execution_(&control->interrupts_, number) {}

IsolateControl::Run::~Run() { control_->run_ = outer_; }

void IsolateControl::Run::Inspect(v8::Isolate*, void* control) {
  auto* self = static_cast<IsolateControl*>(control);
  self->PerformInspections(HeapLock(self->heap_.get()));
}

void IsolateControl::Run::Begin() {
  // Who asked before this execution began found nothing to interrupt.
  if (control_->inspections_->has_waiting()) lock_.isolate()->RequestInterrupt(Inspect, control_);
  CallTokens& tokens = lock_.heap().tokens();
  const TimeLimits& limits = own_ != nullptr ? own_->limits : control_->time_;
  // No call here has ever had a limit, nor has this one.
  if (!limits.any() && !tokens.IsUsed()) return;
  is_watched_ = true;
  execution_.NoteThread();
  const double least = tokens.least();
  if (own_ != nullptr && limits.any() && tokens.Make(lock_.context(), limits).ToLocal(&own_->carrier)) {
    own_->token = payer_ = CallTokens::Read(own_->carrier)->number;
    scope_.emplace(lock_.isolate(), own_->carrier);
  } else {
    scope_.emplace(lock_.isolate(), v8::Undefined(lock_.isolate()));
  }
  double look = 0;
  // What other calls have left behind may have less time, and has to be found out.
  if (tokens.HasStopped()) {
    look = kSuspicion.count();
  } else if (least > 0 && !(own_ != nullptr && limits.wall > 0 && limits.wall <= least)) {
    look = least;
  }
  if (own_ == nullptr && limits.wall > 0 && (look == 0 || limits.wall < look)) look = limits.wall;
  if (look > 0 || limits.any()) {
    began_ = Clock::now();
    cpu_began_ = ThreadCpuClock::Nanoseconds(began_);
  }
  if (own_ == nullptr && limits.wall > 0) execution_.SetPayer(0, After(began_, limits.wall));
  if (payer_ != 0) execution_.SetPayer(payer_, kNever);
  if (own_ != nullptr && own_->deadline != kNever)
    wall_timer_ = control_->ScheduleTimeout(number_, limits, own_->deadline);
  if (limits.cpu > 0) WatchCpu(limits, own_ == nullptr ? 0 : own_->cpu_used);
  if (look > 0) watch_ = control_->ScheduleReview(number_, After(began_, look));
}

void IsolateControl::Run::End() {
  if (!is_watched_) return;
  for (const auto& timer : {wall_timer_, cpu_timer_, watch_}) {
    if (timer.has_value()) Process::Get().timer.Cancel(*timer);
  }
  Charge();
  scope_.reset();
}

void IsolateControl::Run::Freeze() {
  if (wall_timer_.has_value()) Process::Get().timer.Cancel(*wall_timer_);
}

void IsolateControl::Run::Thaw(std::chrono::nanoseconds wall, int64_t cpu_nanoseconds) {
  if (!is_watched_) return;
  began_ += wall;
  cpu_began_ += cpu_nanoseconds;
  execution_.Delay(wall);
  if (own_ == nullptr || own_->deadline == kNever) return;
  own_->deadline += wall;
  if (wall_timer_.has_value()) wall_timer_ = control_->ScheduleTimeout(number_, own_->limits, own_->deadline);
}

void IsolateControl::Run::WatchCpu(const TimeLimits& limits, int64_t used) {
  const int64_t left = static_cast<int64_t>(limits.cpu * 1e6) - used;
  execution_.OpenAccount(left);
  if (cpu_timer_.has_value()) Process::Get().timer.Cancel(*cpu_timer_);
  cpu_timer_ = control_->ScheduleCpuTimeout(number_, limits, left);
}

void IsolateControl::Run::Charge() {
  const int64_t used = execution_.CloseAccount();
  if (used == 0 || payer_ == 0) return;
  if (own_ != nullptr) {
    own_->cpu_used += used;
  } else if (PendingCall* call = control_->PendingWith(payer_)) {
    call->budget.cpu_used += used;
  }
}

void IsolateControl::Run::ChargeTo(uint64_t token) {
  // Somebody's call pays for all that it causes to run.
  if (own_ != nullptr || token == payer_) return;
  PendingCall* const call = control_->PendingWith(token);
  if (call == nullptr) return;
  Charge();
  payer_ = token;
  const Budget& budget = call->budget;
  execution_.SetPayer(token, budget.deadline);
  if (budget.limits.cpu > 0) WatchCpu(budget.limits, budget.cpu_used);
}

bool IsolateControl::Run::PerformMicrotasks() {
  v8::Isolate* isolate = lock_.isolate();
  isolate->PerformMicrotaskCheckpoint();
  if (!is_watched_) return true;
  // As often as there is somebody else's to be cut off.
  while (isolate->IsExecutionTerminating()) {
    if (own_ == nullptr || !execution_.GoOn(isolate, own_->token)) return false;
    isolate->PerformMicrotaskCheckpoint();
  }
  return true;
}

Interrupts::Cause IsolateControl::Run::CauseOf(const TimeLimits& limits) const {
  const TimePoint now = Clock::now();
  if (limits.wall > 0 && now >= After(began_, limits.wall)) return Interrupts::Cause::kTimeout;
  const auto used = static_cast<double>(ThreadCpu::Current().Nanoseconds() - cpu_began_);
  if (limits.cpu > 0 && used >= limits.cpu * 1e6) return Interrupts::Cause::kCpuTimeout;
  return Interrupts::Cause::kNone;
}

Interrupts::Verdict IsolateControl::Run::Cut(Interrupts::Cause cause, uint64_t token, const TimeLimits& limits,
                                             bool silently) {
  cut_limits_ = limits;
  cut_is_told_ = !silently;
  return {cause, token};
}

void IsolateControl::Run::AnswerEarly(Interrupts::Cause cause) {
  answered_ = true;
  lock_.heap().tokens().Stop(lock_.isolate(), own_->carrier);
  control_->AnswerRunning(number_, CutOff(cause, own_->limits, {}));
}

Interrupts::Verdict IsolateControl::Run::Review(Interrupts::Cause due) {
  using Cause = Interrupts::Cause;
  const std::optional<CallTokens::Token> running = CallTokens::Running(lock_.isolate());
  // What V8 brings no token back with (thenables) is taken for what the turn began with.
  const uint64_t token = running.has_value() ? running->number : own_ == nullptr ? payer_ : 0;
  if (due != Cause::kNone) {
    // Its own code, as far as anybody knows. A thread that waits for its call is given back whatever runs.
    const bool its_own = !running.has_value() || token == payer_;
    if (its_own || answered_ || kind_ == RunKind::kCallOfThread || outer_ != nullptr) {
      return Cut(due, payer_, own_ == nullptr ? control_->time_ : own_->limits, false);
    }
    if (own_ != nullptr) {
      AnswerEarly(due);
    } else {
      const auto ticket = control_->tickets_.find(payer_);
      if (ticket != control_->tickets_.end()) control_->Expire(ticket->second, due, {});
      ChargeTo(token);
    }
  }
  const TimePoint now = Clock::now();
  std::vector<uint64_t> late;
  for (const auto& [ticket, call] : control_->pending_) {
    if (call.budget.deadline > now) continue;
    if (token != 0 && call.budget.token == token) return Cut(Cause::kTimeout, token, call.budget.limits, false);
    late.push_back(ticket);
  }
  for (const uint64_t ticket : late) control_->Expire(ticket, Cause::kTimeout, {});
  // Calls without limits have no token: what goes on without one may be any of theirs.
  const std::unordered_set<uint64_t> aborted = *control_->aborted_.Acquire();
  for (const uint64_t ticket : aborted) {
    const auto call = control_->pending_.find(ticket);
    const bool runs = call != control_->pending_.end() && own_ == nullptr && call->second.budget.token == token;
    control_->Expire(ticket, Cause::kAborted, {});
    if (runs) return Cut(Cause::kAborted, token, {}, true);
  }
  if (running.has_value() && (own_ == nullptr || token != own_->token || answered_)) {
    if (running->state == CallTokens::State::kStopped) return Cut(Cause::kTimeout, token, running->limits, true);
    if (running->state == CallTokens::State::kAnswered) {
      const TimeLimits limits = {Less(running->limits.wall, control_->time_.wall),
                                 Less(running->limits.cpu, control_->time_.cpu)};
      const Cause cause = CauseOf(limits);
      if (cause != Cause::kNone) return Cut(cause, token, limits, false);
    } else {
      ChargeTo(token);
    }
  } else if (own_ == nullptr && control_->PendingWith(payer_) == nullptr) {
    const Cause cause = CauseOf(control_->time_);
    if (cause != Cause::kNone) return Cut(cause, 0, control_->time_, false);
  }
  const CallTokens& tokens = lock_.heap().tokens();
  double look = tokens.least();
  if (tokens.HasStopped()) look = kSuspicion.count() * (1 << std::min(looks_++, kMostDoublings));
  if (own_ == nullptr && control_->time_.wall > 0) {
    const double rest = Milliseconds(After(began_, control_->time_.wall) - now).count();
    if (rest > 0 && (look == 0 || rest < look)) look = rest;
  }
  if (look > 0) watch_ = control_->ScheduleReview(number_, After(now, look));
  return {};
}

Interrupts::Verdict IsolateControl::Review(v8::Isolate*, uint64_t number, Interrupts::Cause due) {
  return run_ == nullptr || run_->number() != number ? Interrupts::Verdict{due, 0} : run_->Review(due);
}

void IsolateControl::ChargeTo(uint64_t token) {
  if (run_ != nullptr && token != 0) run_->ChargeTo(token);
}

IsolateControl::PendingCall* IsolateControl::PendingWith(uint64_t token) {
  const auto ticket = tickets_.find(token);
  if (token == 0 || ticket == tickets_.end()) return nullptr;
  return &pending_.find(ticket->second)->second;
}

}  // namespace isolates
