#include <memory>

#include "engine/inspection.h"
#include "engine/instruments.h"
#include "engine/isolate_suspension.h"
#include "engine/isolate_task.h"
#include "engine/process.h"

// What looks into an isolate.
namespace isolates {

namespace {

// So long a thread that has left an isolate is still sampled for its CPU profile. Threads of the pool end much later.
constexpr std::chrono::seconds kSampledOnward{1};

}  // namespace

IsolateControl::Suspension::Suspension(IsolateControl* control)
    : control_(control), unaccounted_(&control->interrupts_), undue_(&control->interrupts_) {
  for (Run* run = control_->run_; run != nullptr; run = run->outer()) run->Freeze();
  for (auto& [ticket, call] : control_->pending_) {
    if (call.timer.has_value()) Process::Get().timer.Cancel(*call.timer);
  }
}

IsolateControl::Suspension::~Suspension() {
  const std::chrono::nanoseconds wall = Clock::now() - began_;
  const int64_t cpu = ThreadCpu::Current().Nanoseconds() - cpu_began_;
  for (Run* run = control_->run_; run != nullptr; run = run->outer()) run->Thaw(wall, cpu);
  for (auto& [ticket, call] : control_->pending_) {
    if (call.budget.deadline != kNever) call.budget.deadline += wall;
    if (call.timer.has_value()) call.timer = control_->ScheduleExpiry(ticket, call.budget.deadline);
  }
}

// Something is to look into the isolate, and the guest may have nothing to do.
struct IsolateControl::InspectTask final : Task {
  void Run(IsolateControl* control, const HeapLock& lock) override { control->PerformInspections(lock); }
};

// No turn for a while: the thread that had the last one may end.
struct IsolateControl::RestTask final : Task {
  void Run(IsolateControl* control, const HeapLock&) override {
    control->awaits_rest_ = false;
    if (control->instruments_ != nullptr) control->instruments_->profiling().Rest();
  }
};

bool IsolateControl::Inspect(std::unique_ptr<Inspection>* inspection) {
  if (interrupts_.stopped() != CloseKind::kNone || !inspections_->Add(inspection)) return false;
  if (!queue_.Post(std::make_unique<InspectTask>())) RefuseInspections();
  // This object lives longer than the isolate, so the address is good whenever V8 gets round to calling.
  interrupts_.RequestCallback(Run::Inspect, this);
  return true;
}

void IsolateControl::PerformInspections(const HeapLock& lock) {
  Inspections::List waiting = inspections_->TakeAll();
  // What was asked in the turn has been done in the midst of the guest, or the other way round.
  if (waiting.empty()) return;
  if (instruments_ == nullptr) {
    instruments_ = std::make_unique<Instruments>(
        Instruments::Host{[this](const std::function<void()>& body) {
                            const Suspension suspension(this);
                            body();
                          },
                          [this] { PerformInspections(HeapLock(heap_.get())); }, &interrupts_, inspections_.get()});
  }
  instruments_->Suspend([&] {
    for (const std::unique_ptr<Inspection>& inspection : waiting) {
      const v8::HandleScope handles(lock.isolate());
      inspection->Answer(id(), inspection->Perform(lock, instruments_.get()));
    }
  });
}

void IsolateControl::BeginInspected() {
  if (instruments_ != nullptr) instruments_->profiling().OnTurn();
}

void IsolateControl::EndInspected() {
  if (instruments_ == nullptr) return;
  CpuProfiling& profiling = instruments_->profiling();
  profiling.OnTurnEnded();
  if (awaits_rest_ || !profiling.is_sampling()) return;
  awaits_rest_ = true;
  Process::Get().timer.Schedule(Clock::now() + kSampledOnward, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->queue_.Post(std::make_unique<RestTask>());
  });
}

void IsolateControl::LeaveInspected() { instruments_.reset(); }

void IsolateControl::AbandonInspected() {
  if (instruments_ == nullptr) return;
  // What samples this thread ends. What else looks into the heap stays as that does.
  instruments_->profiling().Clear();
  instruments_.release();
}

void IsolateControl::RefuseInspections() {
  for (const std::unique_ptr<Inspection>& inspection : inspections_->Close()) inspection->Answer(id(), Refusal());
}

}  // namespace isolates
