#include <unordered_set>
#include <utility>

#include "engine/child_isolates.h"
#include "engine/isolate_control.h"

// An isolate among those that guests make.
namespace isolates {

std::vector<std::shared_ptr<IsolateControl>> Subtree(uint64_t id) {
  std::vector<std::shared_ptr<IsolateControl>> found;
  std::unordered_set<uint64_t> within{id};
  // In order of creation, so what made one comes before it.
  for (std::shared_ptr<IsolateControl>& control : LiveIsolates()) {
    if (control->id() != id && within.count(control->parent()) == 0) continue;
    within.insert(control->id());
    found.push_back(std::move(control));
  }
  return found;
}

ChildIsolates& IsolateControl::children() {
  if (children_ == nullptr) children_ = std::make_shared<ChildIsolates>(weak_from_this());
  return *children_;
}

void IsolateControl::PassOn(ConsoleOutput output, const std::function<bool()>& give_up) {
  sink_->OnPrint(id(), std::move(output), give_up);
}

void IsolateControl::PassOn(UncaughtKind kind, Outcome failure, const std::function<bool()>& give_up) {
  sink_->OnUncaught(id(), kind, std::move(failure), give_up);
}

std::shared_ptr<IsolateControl> IsolateControl::Enter(std::shared_ptr<IsolateControl> child) {
  std::swap(*inside_.Acquire(), child);
  return child;
}

bool IsolateControl::InterruptGuest(v8::InterruptCallback callback, void* data) {
  // A thread executes the innermost of the guests that it is in.
  const std::shared_ptr<IsolateControl> inner = *inside_.Acquire();
  if (inner != nullptr && inner->InterruptGuest(callback, data)) return true;
  return interrupts_.RequestCallback(callback, data);
}

}  // namespace isolates
