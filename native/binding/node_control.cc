#include "binding/node_control.h"

#include <algorithm>
#include <map>
#include <utility>

#include "binding/environment.h"
#include "engine/inspection.h"
#include "engine/isolate_control.h"
#include "engine/process.h"

namespace isolates {

namespace {

// Milliseconds that the event loop may be kept by what is nobody's call after a call that waits has run out of time.
constexpr double kStuckAfter = 1000;
// How often a thread of Node's that waits looks whether it was told to end.
constexpr std::chrono::milliseconds kLookEvery{10};
// Numbers of calls that have no ticket, above all those that have one.
constexpr uint64_t kLocalNumbers = uint64_t{1} << 62;

using Registry = std::map<uint64_t, std::weak_ptr<NodeControl>>;

Guarded<Registry>& GetRegistry() {
  static auto* registry = new Guarded<Registry>();
  return *registry;
}

}  // namespace

std::shared_ptr<NodeControl> NodeControl::Create(Options options, std::shared_ptr<Sink> sink) {
  std::shared_ptr<NodeControl> control(new NodeControl(std::move(options), std::move(sink)));
  GetRegistry().Acquire()->emplace(control->id(), control);
  return control;
}

std::shared_ptr<NodeControl> NodeControl::Find(uint64_t id) {
  auto registry = GetRegistry().Acquire();
  const auto found = registry->find(id);
  return found == registry->end() ? nullptr : found->second.lock();
}

NodeControl::NodeControl(Options options, std::shared_ptr<Sink> sink)
    : id_(NextIsolateId()),
      name_(options.name.value_or("isolate-" + std::to_string(id_))),
      options_(std::move(options)),
      sink_(std::move(sink)),
      host_calls_(id_, sink_, options_.most_host_calls),
      inspections_(std::make_unique<Inspections>()),
      next_local_(kLocalNumbers) {}

NodeControl::~NodeControl() { GetRegistry().Acquire()->erase(id_); }

NodeControl::State NodeControl::state() const {
  if (interrupts_.stopped() != CloseKind::kNone) return State::kClosed;
  return unanswered_.load(std::memory_order_relaxed) != 0 ? State::kRunning : State::kIdle;
}

void NodeControl::Post(NodeTask task) {
  if (tasks_.Add(std::move(task)) != Inbox<NodeTask>::Added::kFirst) return;
  const std::shared_ptr<Environment> guest = *guest_.Acquire();
  if (guest != nullptr) guest->WakeGuest();
}

bool NodeControl::Submit(std::unique_ptr<Operation> operation, uint64_t ticket, const TimeLimits& limits) {
  return Submit(std::move(operation), ticket, limits.wall, nullptr);
}

bool NodeControl::Submit(std::unique_ptr<Operation> operation, uint64_t ticket, double timeout,
                         std::shared_ptr<Reply> reply) {
  {
    auto calls = calls_.Acquire();
    if (calls->refused) return false;
    calls->open.emplace(ticket, Call{timeout, std::move(reply)});
  }
  unanswered_.fetch_add(1, std::memory_order_relaxed);
  Post({.kind = NodeTask::Kind::kOperation, .number = ticket, .timeout = timeout, .operation = std::move(operation)});
  return true;
}

bool NodeControl::Begin(uint64_t ticket) { return calls_.Acquire()->open.contains(ticket); }

void NodeControl::Await(uint64_t ticket, double timeout) {
  if (timeout <= 0) return;
  const std::weak_ptr<NodeControl> weak = weak_from_this();
  const DeadlineTimer::Key timer = Process::Get().timer.Schedule(DeadlineAfter(Clock::now(), timeout), [weak, ticket] {
    if (const auto self = weak.lock()) self->Expire(ticket, Interrupts::Cause::kTimeout);
  });
  {
    auto calls = calls_.Acquire();
    const auto found = calls->open.find(ticket);
    if (found != calls->open.end()) {
      found->second.timer = timer;
      return;
    }
  }
  Process::Get().timer.Cancel(timer);
}

DeadlineTimer::Key NodeControl::ScheduleTimeout(uint64_t number, TimePoint deadline) {
  return Process::Get().timer.Schedule(deadline, [weak = weak_from_this(), number] {
    if (const auto self = weak.lock()) self->TimeOut(number);
  });
}

void NodeControl::TimeOut(uint64_t number) {
  interrupts_.Interrupt(number, Interrupts::Cause::kTimeout);
  Interrupts::InsistLater(std::shared_ptr<Interrupts>(shared_from_this(), &interrupts_), number);
}

bool NodeControl::Answer(uint64_t ticket, Outcome outcome) {
  std::optional<Call> call;
  {
    auto calls = calls_.Acquire();
    const auto found = calls->open.find(ticket);
    if (found == calls->open.end()) return false;
    call = std::move(found->second);
    calls->open.erase(found);
  }
  Answer(*std::move(call), ticket, std::move(outcome));
  return true;
}

void NodeControl::Answer(Call call, uint64_t ticket, Outcome outcome) {
  unanswered_.fetch_sub(1, std::memory_order_relaxed);
  counters_.calls.fetch_add(1, std::memory_order_relaxed);
  if (!outcome.ok) counters_.errors.fetch_add(1, std::memory_order_relaxed);
  if (call.timer.has_value()) Process::Get().timer.Cancel(*call.timer);
  if (call.reply == nullptr) {
    outcome.isolate_id = id_;
    const bool goes_on = EndPoolTask(ticket);
    sink_->OnOutcome(ticket, std::move(outcome));
    if (goes_on) WorkForPool();
    return;
  }
  call.reply->outcome = std::move(outcome);
  call.reply->done.Set();
  if (const std::shared_ptr<Event> wake = *call.reply->wake.Acquire()) wake->Set();
}

void NodeControl::Expire(uint64_t ticket, Interrupts::Cause cause) {
  double timeout = 0;
  {
    auto calls = calls_.Acquire();
    const auto found = calls->open.find(ticket);
    if (found == calls->open.end()) return;
    timeout = found->second.timeout;
  }
  const bool timed_out = cause == Interrupts::Cause::kTimeout;
  if (!Answer(ticket, timed_out ? Outcome::TimedOut(timeout, {}) : Outcome::Failure(ErrorCode::kAborted))) return;
  interrupts_.Interrupt(ticket, cause);
  const auto came = std::make_shared<std::atomic<bool>>(false);
  Post({.kind = NodeTask::Kind::kForget, .number = ticket, .came = came});
  Watch(came);
}

void NodeControl::Watch(std::shared_ptr<std::atomic<bool>> came) {
  const double patience = std::max(options_.timeout, kStuckAfter);
  Process::Get().timer.Schedule(DeadlineAfter(Clock::now(), patience), [weak = weak_from_this(), came, patience] {
    const auto self = weak.lock();
    if (self == nullptr || came->load(std::memory_order_relaxed)) return;
    if (self->stopped() != CloseKind::kNone) return;
    // Another call is at work, which has a limit of its own or none.
    if (self->executing_.load(std::memory_order_relaxed) != kNobody) {
      self->Watch(came);
      return;
    }
    // Node has no place from which its own event loop could be got out of a callback.
    self->sink_->OnUncaught(self->id_, UncaughtKind::kException, Outcome::TimedOut(patience, {}), [] { return true; });
    self->Stop(CloseKind::kError);
  });
}

void NodeControl::PerformHere(Operation* operation, const TimeLimits& limits, const Caller& caller, Outcome* outcome) {
  const double timeout = limits.wall;
  TimePoint deadline = timeout > 0 ? DeadlineAfter(Clock::now(), timeout) : kNever;
  bool stopping = false;
  const uint64_t ticket = next_local_.fetch_add(1, std::memory_order_relaxed);
  const auto reply = std::make_shared<Reply>();
  if (!Submit(operation->Move(), ticket, timeout, reply)) {
    *outcome = Refusal();
    return;
  }
  for (;;) {
    // Known to all who may set it before the look at what they tell of.
    const auto wake = std::make_shared<Event>();
    *reply->wake.Acquire() = wake;
    if (caller.wake != nullptr) *caller.wake->Acquire() = wake;
    if (reply->done.IsSet()) break;
    if (IsStillborn()) {
      Answer(ticket, Refusal());
    } else if (Clock::now() >= deadline && !stopping && executing_.load(std::memory_order_relaxed) == ticket) {
      // Where it was found, the guest tells.
      TimeOut(ticket);
      stopping = true;
      deadline = DeadlineAfter(Clock::now(), kStuckAfter);
    } else if (Clock::now() >= deadline) {
      Expire(ticket, Interrupts::Cause::kTimeout);
    } else if (caller.give_up != nullptr && (*caller.give_up)()) {
      Expire(ticket, Interrupts::Cause::kAborted);
    }
    wake->WaitUntil(std::min(deadline, Clock::now() + kLookEvery));
  }
  if (caller.wake != nullptr) caller.wake->Acquire()->reset();
  *outcome = std::move(reply->outcome);
}

void NodeControl::JoinPool(const std::shared_ptr<TaskPool>& pool, const TaskPool::Terms& terms) {
  *pool_.Acquire() = pool;
  pool->Join(shared_from_this(), terms);
  WorkForPool();
}

bool NodeControl::WorkForPool() {
  const std::shared_ptr<TaskPool> pool = *pool_.Acquire();
  if (pool == nullptr) return false;
  for (;;) {
    if (interrupts_.stopped() != CloseKind::kNone) {
      pool->Leave(id_);
      return false;
    }
    std::optional<TaskPool::Task> task = pool->Take(id_);
    if (!task.has_value()) return true;
    if (!Submit(std::move(task->operation), task->ticket, task->limits)) {
      // It was stopped in this very moment.
      Outcome outcome = Refusal();
      outcome.isolate_id = id_;
      EndPoolTask(task->ticket);
      sink_->OnOutcome(task->ticket, std::move(outcome));
    }
  }
}

bool NodeControl::EndPoolTask(uint64_t ticket) {
  const std::shared_ptr<TaskPool> pool = *pool_.Acquire();
  if (pool == nullptr) return false;
  const size_t bytes =
      counters_.heap_used.load(std::memory_order_relaxed) + counters_.external.load(std::memory_order_relaxed);
  const TaskPool::After after = pool->Ended(id_, ticket, bytes);
  if (after.retired) sink_->OnRetired(id_);
  return after.goes_on;
}

bool NodeControl::Stop(CloseKind kind) {
  if (!interrupts_.Stop(kind)) return false;
  {
    const auto guest = guest_.Acquire();
    if (*guest != nullptr) (*guest)->EndFromOutside();
  }
  RefuseAll();
  return true;
}

bool NodeControl::Close(bool) {
  closing_.store(true, std::memory_order_relaxed);
  Post({.kind = NodeTask::Kind::kClose});
  return false;
}

void NodeControl::AnswerGuest(uint64_t call, HostCalls::Answer answer) {
  if (!host_calls_.OnAnswer(call, &answer)) return;
  Post({.kind = NodeTask::Kind::kAnswer,
        .number = call,
        .answer = std::make_unique<HostCalls::Answer>(std::move(answer))});
}

bool NodeControl::Inspect(std::unique_ptr<Inspection>* inspection) {
  if (stopped() != CloseKind::kNone || !inspections_->Add(inspection)) return false;
  Post({.kind = NodeTask::Kind::kInspect});
  // Its loop may be in a callback that is nobody's call. The environment keeps this object for as long as its
  // JavaScript runs, so the address is good whenever V8 gets round to calling.
  const auto guest = guest_.Acquire();
  if (*guest == nullptr) return true;
  (*guest)->isolate()->RequestInterrupt(
      [](v8::Isolate*, void* data) {
        const std::shared_ptr<Environment> guest = *static_cast<NodeControl*>(data)->guest_.Acquire();
        if (guest != nullptr) guest->guest()->PerformInspections();
      },
      this);
  return true;
}

bool NodeControl::Attach(std::shared_ptr<Environment> guest) {
  attached_.store(true, std::memory_order_relaxed);
  interrupts_.Attach(guest->isolate());
  *guest_.Acquire() = std::move(guest);
  return interrupts_.stopped() == CloseKind::kNone;
}

void NodeControl::Detach() {
  guest_.Acquire()->reset();
  interrupts_.Stop(closing_.load(std::memory_order_relaxed) ? CloseKind::kClose : CloseKind::kExit);
  // process.exit() comes here from the midst of an execution, which will not go on.
  interrupts_.Abandon();
  tasks_.Close();
  RefuseAll();
}

void NodeControl::OnThreadGone(CloseKind kind) {
  // It may have failed before it could attach itself.
  interrupts_.Stop(kind);
  tasks_.Close();
  RefuseAll();
  sink_->OnClosed(id_, stopped());
}

void NodeControl::RefuseAll() {
  std::unordered_map<uint64_t, Call> open;
  {
    auto calls = calls_.Acquire();
    calls->refused = true;
    std::swap(open, calls->open);
  }
  for (auto& [ticket, call] : open) Answer(std::move(call), ticket, Refusal());
  for (const std::unique_ptr<Inspection>& inspection : inspections_->Close()) inspection->Answer(id_, Refusal());
  const std::shared_ptr<TaskPool> pool = *pool_.Acquire();
  if (pool != nullptr) pool->Leave(id_);
}

Outcome NodeControl::Refusal() const {
  return Outcome::Failure(stopped() == CloseKind::kMemoryLimit ? ErrorCode::kMemoryLimit : ErrorCode::kIsolateClosed);
}

IsolateStats NodeControl::KnownStats() const {
  const auto read = [](const auto& number) { return number.load(std::memory_order_relaxed); };
  IsolateStats stats;
  stats.heap_used = read(counters_.heap_used);
  stats.heap_total = read(counters_.heap_total);
  stats.heap_limit = read(counters_.heap_limit);
  stats.external = read(counters_.external);
  stats.cpu_nanoseconds = read(counters_.cpu_nanoseconds);
  stats.wall_nanoseconds = read(counters_.wall_nanoseconds);
  stats.calls = read(counters_.calls);
  stats.errors = read(counters_.errors);
  const size_t unanswered = read(unanswered_);
  stats.queued = unanswered - (unanswered != 0 && read(executing_) != kNobody ? 1 : 0);
  return stats;
}

}  // namespace isolates
