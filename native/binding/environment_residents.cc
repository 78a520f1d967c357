#include <memory>
#include <unordered_set>
#include <utility>
#include <vector>

#include "binding/environment.h"

// The isolates of an environment.
namespace isolates {

namespace {

// What the collector of the host is told that a handle holds: half of what an idle isolate takes. V8 marks the whole
// heap of the host after every 64 MiB, which a hundred isolates at once should not cost.
constexpr int64_t kIsolateSize = 512 << 10;

}  // namespace

void Environment::Add(std::shared_ptr<IsolateBackend> control, Napi::Object handle) {
  const uint64_t id = control->id();
  Resident& resident = residents_[id];
  resident.control = std::move(control);
  resident.handle = Napi::Weak(handle);
  resident.handle.SuppressDestruct();
  // A handle is a few bytes here and a megabyte there: the collector should know.
  Napi::MemoryManagement::AdjustExternalMemory(env_, kIsolateSize);
}

Environment::Resident* Environment::FindResident(uint64_t isolate_id) {
  if (last_found_.first == isolate_id) return last_found_.second;
  const auto found = residents_.find(isolate_id);
  if (found == residents_.end()) return nullptr;
  last_found_ = {isolate_id, &found->second};
  return &found->second;
}

IsolateBackend* Environment::Find(uint64_t id) {
  const Resident* const resident = FindResident(id);
  return resident == nullptr ? nullptr : resident->control.get();
}

std::shared_ptr<IsolateBackend> Environment::FindBelow(uint64_t id) {
  if (IsolateBackend* own = Find(id)) return own->Self();
  for (std::shared_ptr<IsolateControl>& control : Nested()) {
    if (control->id() == id) return std::move(control);
  }
  return nullptr;
}

std::vector<std::shared_ptr<IsolateControl>> Environment::Nested() const {
  std::vector<std::shared_ptr<IsolateControl>> found;
  std::unordered_set<uint64_t> within;
  for (std::shared_ptr<IsolateControl>& control : LiveIsolates()) {
    const auto own = residents_.find(control->parent());
    // What is below one that was told to end is about to be told so, too.
    const bool is_below = own == residents_.end() ? within.count(control->parent()) != 0
                                                  : own->second.control->state() != IsolateBackend::State::kClosed;
    if (!is_below || control->state() == IsolateControl::State::kClosed) continue;
    within.insert(control->id());
    found.push_back(std::move(control));
  }
  return found;
}

void Environment::Forget(uint64_t isolate_id) {
  const auto found = residents_.find(isolate_id);
  if (found == residents_.end()) return;
  napi_delete_reference(env_, found->second.handle);
  if (found->second.closing) LetLoopEnd();
  last_found_ = {0, nullptr};
  residents_.erase(found);
  Napi::MemoryManagement::AdjustExternalMemory(env_, -kIsolateSize);
}

}  // namespace isolates
