#include <memory>

#include "engine/inspection.h"
#include "engine/instruments.h"
#include "engine/isolate_suspension.h"
#include "engine/process.h"

// What looks into an isolate.
namespace isolates {

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

void IsolateControl::LeaveInspected() { instruments_.reset(); }

void IsolateControl::RefuseInspections() {
  for (const std::unique_ptr<Inspection>& inspection : inspections_->Close()) inspection->Answer(id(), Refusal());
}

}  // namespace isolates
