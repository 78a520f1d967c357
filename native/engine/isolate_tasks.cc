#include <memory>
#include <thread>
#include <utility>

#include "engine/child_isolates.h"
#include "engine/isolate_task.h"
#include "engine/process.h"
#include "engine/snapshot.h"

// What is asked of an isolate and waits for its turn.
namespace isolates {

struct IsolateControl::OperationTask final : Task {
  std::unique_ptr<Operation> operation;
  uint64_t ticket;
  TimeLimits limits;
  const TimePoint submitted = Clock::now();

  OperationTask(std::unique_ptr<Operation> operation, uint64_t ticket, const TimeLimits& limits)
      : operation(std::move(operation)), ticket(ticket), limits(limits) {}
  void Run(IsolateControl* control, const HeapLock& lock) override {
    control->NoteWait(submitted);
    control->RunAsync(lock, operation.get(), ticket, limits);
  }
  void Refuse(IsolateControl* control) override { control->Settle(ticket, control->Refusal()); }
};

struct IsolateControl::CloseTask final : Task {
  void Run(IsolateControl* control, const HeapLock&) override { control->closing_ = true; }
};

// Makes sure that somebody takes the turn, to run V8's tasks or to notice that the isolate was stopped. The tasks have
// their place in line like everything else: calls that come without a pause do not keep them waiting for ever.
struct IsolateControl::WakeTask final : Task {
  void Run(IsolateControl* control, const HeapLock& lock) override { control->RunForegroundTasks(lock); }
};

// The call was not running when its time was up or its caller left: perhaps its promise is being awaited.
struct IsolateControl::ExpireTask final : Task {
  uint64_t ticket;
  Interrupts::Cause cause;
  std::shared_ptr<std::atomic<bool>> came;  // null when nobody asks

  ExpireTask(uint64_t ticket, Interrupts::Cause cause, std::shared_ptr<std::atomic<bool>> came)
      : ticket(ticket), cause(cause), came(std::move(came)) {}
  void Run(IsolateControl* control, const HeapLock&) override {
    if (came != nullptr) came->store(true, std::memory_order_relaxed);
    control->Expire(ticket, cause, {});
  }
};

// Something that a promise of the guest waits for has happened.
struct IsolateControl::NewsTask final : Task {
  uint64_t wait;
  News news;

  NewsTask(uint64_t wait, News news) : wait(wait), news(news) {}
  void Run(IsolateControl* control, const HeapLock& lock) override {
    control->RunForNobody(lock, [this, &lock] { lock.heap().OnNews(wait, news); });
  }
};

// Isolates that the guest made have something for it.
struct IsolateControl::ChildrenTask final : Task {
  void Run(IsolateControl* control, const HeapLock& lock) override {
    control->RunForNobody(lock, [control] { control->children_->Drain(); });
  }
};

void IsolateControl::PostFromChildren() { queue_.Post(std::make_unique<ChildrenTask>()); }

// It has not been used for a while. Later, if it is about to be used again, or if it is not known yet what can be given
// back.
struct IsolateControl::IdleTask final : Task {
  void Run(IsolateControl* control, const HeapLock& lock) override {
    control->awaits_idleness_ = false;
    if (control->queue_.queued() == 0 && Snapshot::state() != Snapshot::State::kBuilding) {
      lock.heap().GiveBackIdleMemory();
    } else {
      control->AwaitIdleness();
    }
  }
};

void IsolateControl::AwaitIdleness() {
  if (!std::exchange(awaits_idleness_, true)) Process::Get().idle.Add(weak_from_this());
}

void IsolateControl::OnIdle() { queue_.Post(std::make_unique<IdleTask>()); }

// An answer of the host's has come.
struct IsolateControl::AnswerTask final : Task {
  uint64_t call;
  HostCalls::Answer answer;

  AnswerTask(uint64_t call, HostCalls::Answer answer) : call(call), answer(std::move(answer)) {}
  void Run(IsolateControl* control, const HeapLock& lock) override {
    control->host_calls_.End(call);
    control->RunForNobody(lock, [this, &lock] { lock.heap().remote().OnAnswer(call, answer.kind, answer.value); });
  }
};

struct IsolateControl::DropTask final : Task {
  uint64_t number;

  explicit DropTask(uint64_t number) : number(number) {}
  void Run(IsolateControl*, const HeapLock& lock) override { lock.heap().remote().Drop(number); }
};

void IsolateControl::AnswerGuest(uint64_t call, HostCalls::Answer answer) {
  if (host_calls_.OnAnswer(call, &answer)) queue_.Post(std::make_unique<AnswerTask>(call, std::move(answer)));
}

void IsolateControl::DropReference(uint64_t number) { queue_.Post(std::make_unique<DropTask>(number)); }

// Timers of the guest are due.
struct IsolateControl::CallbacksTask final : Task {
  void Run(IsolateControl* control, const HeapLock& lock) override { control->RunCallbacks(lock); }
};

// It is a member of a pool.
struct IsolateControl::JoinTask final : Task {
  std::shared_ptr<TaskPool> pool;
  bool counts_bytes;

  JoinTask(std::shared_ptr<TaskPool> pool, bool counts_bytes) : pool(std::move(pool)), counts_bytes(counts_bytes) {}
  void Run(IsolateControl* control, const HeapLock& lock) override {
    control->pool_ = std::move(pool);
    control->pool_counts_bytes_ = counts_bytes;
    control->DoPoolTasks(lock);
  }
  void Refuse(IsolateControl* control) override { pool->NeverCame(control->id()); }
};

struct IsolateControl::WorkTask final : Task {
  void Run(IsolateControl* control, const HeapLock& lock) override {
    control->work_posted_.store(false);
    control->DoPoolTasks(lock);
  }
};

void IsolateControl::JoinPool(const std::shared_ptr<TaskPool>& pool, const TaskPool::Terms& terms) {
  pool->Join(shared_from_this(), terms);
  if (!queue_.Post(std::make_unique<JoinTask>(pool, terms.most_bytes != 0))) pool->Leave(id());
}

bool IsolateControl::WorkForPool() {
  // Never two in line: each would make room for the other, for ever.
  return work_posted_.exchange(true) || queue_.Post(std::make_unique<WorkTask>());
}

void IsolateControl::PostNews(uint64_t wait, News news) {
  if (news == News::kCallbacksDue) {
    queue_.Post(std::make_unique<CallbacksTask>());
  } else {
    queue_.Post(std::make_unique<NewsTask>(wait, news));
  }
}

void IsolateControl::Wake() { queue_.Post(std::make_unique<WakeTask>()); }

bool IsolateControl::Submit(std::unique_ptr<Operation> operation, uint64_t ticket, const TimeLimits& limits) {
  if (interrupts_.stopped() != CloseKind::kNone) return false;
  asked_.fetch_add(1, std::memory_order_relaxed);
  if (queue_.Post(std::make_unique<OperationTask>(std::move(operation), ticket, limits))) return true;
  answered_.fetch_add(1, std::memory_order_release);
  return false;
}

void IsolateControl::Abort(uint64_t ticket) {
  EndInTime(ticket, Interrupts::Cause::kAborted);
  const bool is_awaited = awaited_.Acquire()->contains(ticket);
  if (is_awaited) {
    ExpireAwaited(ticket, Interrupts::Cause::kAborted);
  } else {
    PostExpire(ticket, Interrupts::Cause::kAborted);
  }
}

void IsolateControl::PostExpire(uint64_t ticket, Interrupts::Cause cause, std::shared_ptr<std::atomic<bool>> came) {
  queue_.Post(std::make_unique<ExpireTask>(ticket, cause, std::move(came)));
}

bool IsolateControl::Close(bool may_be_here) {
  if (!may_be_here || last_user_.load(std::memory_order_relaxed) != std::this_thread::get_id() || !CloseHere()) {
    queue_.Post(std::make_unique<CloseTask>());
    return false;
  }
  return true;
}

}  // namespace isolates
