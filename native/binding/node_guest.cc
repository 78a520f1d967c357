#include "binding/node_guest.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"
#include "binding/environment.h"
#include "engine/completion.h"
#include "engine/decoder.h"
#include "engine/inspection.h"
#include "engine/instruments.h"
#include "engine/process.h"
#include "engine/v8_compat.h"

namespace isolates {

namespace {

// The event loop has its turn at least this often.
constexpr std::chrono::milliseconds kSlice{2};
constexpr std::chrono::milliseconds kStockEvery{10};
// What may be allocated until a thread that has outgrown its memory is out of whatever it does. Address space, mostly.
constexpr size_t kHeadRoom = size_t{1} << 30;

}  // namespace

class NodeGuest::Lock final : public RealmLock {
 public:
  explicit Lock(Environment* environment)
      : RealmLock(environment), handles_(environment->isolate()), entered_(context_ = environment->context()) {}

 private:
  v8::HandleScope handles_;
  v8::Context::Scope entered_;
};

NodeGuest::NodeGuest(Environment* environment, std::shared_ptr<NodeControl> control)
    : environment_(environment), control_(std::move(control)), remote_(environment, [](Realm*) {}) {
  environment_->KeepLoopAlive();
  holds_ = true;
  environment_->isolate()->AddNearHeapLimitCallback(OnNearHeapLimit, this);
  environment_->isolate()->AddGCEpilogueCallback(OnCollected, this, v8::kGCTypeMarkSweepCompact);
}

NodeGuest::~NodeGuest() = default;

size_t NodeGuest::OnNearHeapLimit(void* guest, size_t current, size_t) {
  static_cast<NodeGuest*>(guest)->control_->Stop(CloseKind::kMemoryLimit);
  return current + kHeadRoom;
}

void NodeGuest::OnCollected(v8::Isolate* isolate, v8::GCType, v8::GCCallbackFlags, void* guest) {
  NodeControl* control = static_cast<NodeGuest*>(guest)->control_.get();
  if (control->options().memory == 0) return;
  v8::HeapStatistics heap;
  isolate->GetHeapStatistics(&heap);
  if (heap.external_memory() > control->options().memory) control->Stop(CloseKind::kMemoryLimit);
}

bool NodeGuest::SleepUntilTold(const std::function<bool(TimePoint until)>& wait_until,
                               const std::function<void()>& give_up) {
  const Interrupts::Sleep told(&control_->interrupts(), give_up);
  return environment_->Park(wait_until, give_up, kNever) && !control_->interrupts().Pending();
}

void NodeGuest::ImportAs(v8::Local<v8::Function> like, std::string base) {
  import_options_.Reset(environment_->isolate(), like->GetScriptOrigin().GetHostDefinedOptions());
  base_ = std::move(base);
}

v8::ScriptOrigin NodeGuest::OriginOf(v8::Local<v8::String> filename, int line, int column) {
  v8::Isolate* isolate = environment_->isolate();
  // The names that scripts have by default look like URLs, from which Node would import nothing: they become files of
  // the folder that imports begin at.
  std::string name = ToUtf8(isolate, filename);
  v8::Local<v8::String> placed = filename;
  if (name.starts_with("isolate:") || name.starts_with("isolates:")) {
    std::replace(name.begin(), name.end(), '/', ':');
    if (!FromUtf8(isolate, base_ + name).ToLocal(&placed)) placed = filename;
  }
  return MakeImportingOrigin(isolate, placed, line, column, import_options_.Get(isolate));
}

bool NodeGuest::Start() {
  const Lock lock(environment_);
  const NodeControl::Options& options = control_->options();
  if (options.boot.kind == Message::Kind::kEncoded && !remote_.Boot(options.boot)) return false;
  if (options.globals.kind == Message::Kind::kEncoded && DefineGlobals(lock, options.globals).IsNothing()) return false;
  started_ = true;
  TakeStock();
  environment_->WakeGuest();
  return true;
}

void NodeGuest::RunTasks() {
  if (!started_ || running_) return;
  running_ = true;
  const TimePoint enough = Clock::now() + kSlice;
  do {
    if (taken_next_ == taken_.size()) {
      taken_.clear();
      taken_next_ = 0;
      control_->tasks().TakeAll(&taken_);
    }
    while (!ended_ && taken_next_ < taken_.size()) {
      RunTask(std::move(taken_[taken_next_++]));
      if (Clock::now() >= enough) break;
    }
  } while (!ended_ && control_->tasks().HasItems() && Clock::now() < enough);
  running_ = false;
  if (ended_) return;
  if (taken_next_ < taken_.size() || control_->tasks().HasItems()) {
    environment_->WakeGuest();
  } else {
    control_->interrupts().ForgetEarly();
  }
  LetLoopEndWhenIdle();
}

void NodeGuest::RunTask(NodeTask task) {
  switch (task.kind) {
    case NodeTask::Kind::kOperation:
      RunOperation(task.operation.get(), task.number, task.timeout);
      return;
    case NodeTask::Kind::kForget:
      task.came->store(true, std::memory_order_relaxed);
      pending_.erase(task.number);
      return;
    case NodeTask::Kind::kAnswer: {
      host_calls()->End(task.number);
      const Lock lock(environment_);
      remote_.OnAnswer(task.number, task.answer->kind, task.answer->value);
      return;
    }
    case NodeTask::Kind::kDrop:
      remote_.Drop(task.number);
      return;
    case NodeTask::Kind::kInspect:
      PerformInspections();
      return;
    case NodeTask::Kind::kClose:
      closing_ = true;
      return;
  }
}

void NodeGuest::PerformInspections() {
  if (ended_) return;
  Inspections::List waiting = control_->inspections().TakeAll();
  if (waiting.empty()) return;
  const Lock lock(environment_);
  if (instruments_ == nullptr) instruments_ = std::make_unique<Instruments>();
  for (const std::unique_ptr<Inspection>& inspection : waiting) {
    inspection->Answer(control_->id(), inspection->Perform(lock, instruments_.get()));
  }
}

void NodeGuest::RunOperation(Operation* operation, uint64_t ticket, double timeout) {
  if (!control_->Begin(ticket)) return;
  const Lock lock(environment_);
  Outcome outcome;
  v8::Local<v8::Promise> pending;
  const TimePoint began = Clock::now();
  control_->set_executing(ticket);
  const bool final = Execute(lock, operation, ticket, timeout, &outcome, &pending);
  control_->set_executing(NodeControl::kNobody);
  control_->counters().wall_nanoseconds.fetch_add((Clock::now() - began).count(), std::memory_order_relaxed);
  // Its environment ends: who leaves answers.
  if (ended_) return;
  if (final) {
    Answer(ticket, std::move(outcome));
  } else {
    Await(lock, pending, ticket, timeout, operation->result);
  }
}

bool NodeGuest::Execute(const RealmLock& lock, Operation* operation, uint64_t number, double timeout, Outcome* outcome,
                        v8::Local<v8::Promise>* pending) {
  v8::Isolate* isolate = lock.isolate();
  Interrupts::Execution execution(&control_->interrupts(), number);
  bool terminated = false;
  bool finished = true;
  if (!execution.dead_on_arrival()) {
    std::optional<DeadlineTimer::Key> timer;
    if (timeout > 0) execution.NoteThread();
    if (timeout > 0) timer = control_->ScheduleTimeout(number, DeadlineAfter(Clock::now(), timeout));
    {
      v8::TryCatch caught(isolate);
      finished = Evaluate(lock, operation, &caught, outcome, pending);
      terminated = caught.HasTerminated() || isolate->IsExecutionTerminating();
    }
    if (timer.has_value()) Process::Get().timer.Cancel(*timer);
  }
  Interrupts::Execution::End end = execution.Finish(isolate, terminated);
  // Nobody here has asked for that: Node ends this environment.
  if ((terminated && end.cause == Interrupts::Cause::kNone) || end.stopped) ended_ = true;
  if (finished && !execution.dead_on_arrival()) return true;
  if (end.cause == Interrupts::Cause::kTimeout) {
    *outcome = Outcome::TimedOut(timeout, std::move(end.stack));
  } else if (end.cause == Interrupts::Cause::kAborted) {
    *outcome = Outcome::Failure(ErrorCode::kAborted);
  } else if (end.stopped || terminated || pending->IsEmpty()) {
    *outcome = control_->Refusal();
  } else {
    return false;
  }
  return true;
}

bool NodeGuest::Evaluate(const RealmLock& lock, Operation* operation, v8::TryCatch* caught, Outcome* outcome,
                         v8::Local<v8::Promise>* pending) {
  v8::Isolate* isolate = lock.isolate();
  v8::Local<v8::Value> value;
  if (!operation->Perform(lock, &functions_).ToLocal(&value)) {
    if (caught->HasTerminated() || !caught->HasCaught()) return false;
    const v8::Local<v8::Value> exception = caught->Exception();
    const v8::Local<v8::Message> message = caught->Message();
    caught->Reset();
    isolate->PerformMicrotaskCheckpoint();
    if (isolate->IsExecutionTerminating() || caught->HasTerminated()) return false;
    return CompleteWithException(lock, exception, message, outcome);
  }
  isolate->PerformMicrotaskCheckpoint();
  if (isolate->IsExecutionTerminating() || caught->HasTerminated()) return false;
  if (!value->IsPromise()) return CompleteWithValue(lock, value, operation->result, outcome);
  const v8::Local<v8::Promise> promise = value.As<v8::Promise>();
  switch (promise->State()) {
    case v8::Promise::kFulfilled:
      return CompleteWithValue(lock, promise->Result(), operation->result, outcome);
    case v8::Promise::kRejected:
      Follow(lock, promise, 0);
      return CompleteWithException(lock, promise->Result(), {}, outcome);
    default:
      *pending = promise;
      return false;
  }
}

void NodeGuest::Await(const RealmLock& lock, v8::Local<v8::Promise> promise, uint64_t ticket, double timeout,
                      Operation::Result result) {
  pending_.insert_or_assign(ticket, PendingCall{result, v8::Global<v8::Promise>(lock.isolate(), promise)});
  Follow(lock, promise, ticket);
  control_->Await(ticket, timeout);
}

void NodeGuest::Answer(uint64_t ticket, Outcome outcome) {
  const uint64_t kept = outcome.kept;
  // Nobody will ever let go of what was kept for one who did not wait.
  if (!control_->Answer(ticket, std::move(outcome)) && kept != 0) remote_.Drop(kept);
}

void NodeGuest::Follow(const RealmLock& lock, v8::Local<v8::Promise> promise, uint64_t ticket) {
  v8::Isolate* isolate = lock.isolate();
  v8::Local<v8::Value> parts[] = {NewExternal(isolate, this), v8::BigInt::NewFromUnsigned(isolate, ticket)};
  v8::Local<v8::Function> settled;
  // Without memory for it, the environment is about to end.
  if (!v8::Function::New(lock.context(), OnSettled, v8::Array::New(isolate, parts, 2)).ToLocal(&settled)) return;
  (void)promise->Then(lock.context(), settled, settled).IsEmpty();
}

void NodeGuest::OnSettled(const v8::FunctionCallbackInfo<v8::Value>& arguments) {
  v8::Isolate* isolate = arguments.GetIsolate();
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  const auto parts = arguments.Data().As<v8::Array>();
  auto* guest = static_cast<NodeGuest*>(ExternalPointer(parts->Get(context, 0).ToLocalChecked()));
  const uint64_t ticket = parts->Get(context, 1).ToLocalChecked().As<v8::BigInt>()->Uint64Value();
  const auto found = guest->pending_.find(ticket);
  // Gone when its time was up or its caller left.
  if (found == guest->pending_.end() || guest->ended_) return;
  const v8::Local<v8::Promise> promise = found->second.promise.Get(isolate);
  const Operation::Result result = found->second.result;
  guest->pending_.erase(found);
  const Lock lock(guest->environment_);
  Outcome outcome;
  v8::TryCatch caught(isolate);
  const bool completed = promise->State() == v8::Promise::kFulfilled
                             ? CompleteWithValue(lock, promise->Result(), result, &outcome)
                             : CompleteWithException(lock, promise->Result(), {}, &outcome);
  if (!completed) {
    // The environment is being ended while the result is read.
    isolate->TerminateExecution();
    return;
  }
  guest->Answer(ticket, std::move(outcome));
  guest->LetLoopEndWhenIdle();
}

void NodeGuest::LetLoopEndWhenIdle() {
  if (!closing_ || !holds_ || !pending_.empty()) return;
  holds_ = false;
  environment_->LetLoopEnd();
}

void NodeGuest::Print(bool to_stderr, const char* method, v8::Local<v8::String> text) {
  const std::function<bool()> give_up = [this] {
    return control_->stopped() != CloseKind::kNone || environment_->IsTerminating();
  };
  control_->sink().OnPrint(control_->id(),
                           {method, to_stderr, SourceText(environment_->isolate(), text), control_->name()}, give_up);
}

void NodeGuest::ReportUncaught(UncaughtKind kind, v8::Local<v8::Value> exception) {
  const Lock lock(environment_);
  v8::TryCatch caught(lock.isolate());
  Outcome outcome;
  if (!CompleteWithException(lock, exception, {}, &outcome)) {
    if (caught.HasTerminated()) lock.isolate()->TerminateExecution();
    return;
  }
  const std::function<bool()> give_up = [this] {
    return control_->stopped() != CloseKind::kNone || environment_->IsTerminating();
  };
  control_->sink().OnUncaught(control_->id(), kind, std::move(outcome), give_up);
  if (control_->options().ends_on_error) control_->Stop(CloseKind::kError);
}

void NodeGuest::TakeStock() {
  const TimePoint now = Clock::now();
  if (stock_taken_ != kImmediately && now - stock_taken_ < kStockEvery) return;
  stock_taken_ = now;
  v8::HeapStatistics heap;
  environment_->isolate()->GetHeapStatistics(&heap);
  NodeControl::Counters& counters = control_->counters();
  counters.heap_used.store(heap.used_heap_size(), std::memory_order_relaxed);
  counters.heap_total.store(heap.total_heap_size(), std::memory_order_relaxed);
  counters.heap_limit.store(heap.heap_size_limit(), std::memory_order_relaxed);
  counters.external.store(heap.external_memory(), std::memory_order_relaxed);
  counters.cpu_nanoseconds.store(ThreadCpuClock::Nanoseconds(now), std::memory_order_relaxed);
}

void NodeGuest::Leave() {
  ended_ = true;
  instruments_.reset();
  environment_->isolate()->RemoveNearHeapLimitCallback(OnNearHeapLimit, 0);
  environment_->isolate()->RemoveGCEpilogueCallback(OnCollected, this);
  remote_.Leave();
  functions_.Clear();
  pending_.clear();
  import_options_.Reset();
  control_->Detach();
}

}  // namespace isolates
