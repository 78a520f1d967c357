#include "engine/task_pool.h"

#include <algorithm>

#include "engine/isolate_backend.h"

namespace isolates {

namespace {

// Who reads them does so every thousand tasks or so; figures that nobody reads must not fill the memory.
constexpr size_t kMostSamples = 1 << 16;

double Nanoseconds(Clock::duration duration) {
  return static_cast<double>(std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count());
}

}  // namespace

bool TaskPool::MayTake(const Member& member) {
  return !member.retiring && member.running.size() < member.terms.at_a_time;
}

std::shared_ptr<IsolateBackend> TaskPool::Rouse(State* state) {
  while (!state->idle.empty()) {
    // The one that worked last is warm, and lets the others rest for long.
    Member& member = state->members.at(state->idle.back());
    state->idle.pop_back();
    member.idle = false;
    if (std::shared_ptr<IsolateBackend> control = member.control.lock()) return control;
  }
  return nullptr;
}

void TaskPool::WakeOne() {
  for (;;) {
    std::shared_ptr<IsolateBackend> member;
    {
      auto state = state_.Acquire();
      if (state->line.size() == 0) return;
      member = Rouse(&*state);
    }
    // One that has closed meanwhile cannot be woken; the next may.
    if (member == nullptr || member->WorkForPool()) return;
  }
}

void TaskPool::Submit(Task task, int32_t priority) {
  std::shared_ptr<IsolateBackend> member;
  {
    auto state = state_.Acquire();
    const uint64_t ticket = task.ticket;
    const bool may_be_cancelled = task.may_be_cancelled;
    const PriorityLine<Task>::Place place = state->line.Add(priority, std::move(task));
    if (may_be_cancelled) state->places.emplace(ticket, place);
    member = Rouse(&*state);
  }
  if (member != nullptr && !member->WorkForPool()) WakeOne();
}

bool TaskPool::Cancel(uint64_t ticket) {
  std::optional<Task> removed;
  std::shared_ptr<IsolateBackend> runner;
  {
    auto state = state_.Acquire();
    const auto place = state->places.find(ticket);
    if (place != state->places.end()) {
      removed = state->line.Remove(place->second);
      state->places.erase(place);
      return removed.has_value();
    }
    for (const auto& [id, member] : state->members) {
      const bool runs = std::any_of(member.running.begin(), member.running.end(),
                                    [ticket](const Running& each) { return each.ticket == ticket; });
      if (runs) runner = member.control.lock();
    }
  }
  if (runner != nullptr) runner->Abort(ticket);
  return false;
}

std::vector<uint64_t> TaskPool::Clear() {
  std::vector<Task> tasks;
  {
    auto state = state_.Acquire();
    while (std::optional<Task> task = state->line.Take()) tasks.push_back(std::move(*task));
    state->places.clear();
  }
  std::vector<uint64_t> tickets;
  tickets.reserve(tasks.size());
  for (const Task& task : tasks) tickets.push_back(task.ticket);
  return tickets;
}

void TaskPool::Join(const std::shared_ptr<IsolateBackend>& member, const Terms& terms) {
  state_.Acquire()->members.emplace(member->id(), Member{.control = member, .terms = terms});
}

void TaskPool::Forget(State* state, uint64_t member) {
  const auto found = state->members.find(member);
  if (found == state->members.end()) return;
  if (found->second.idle) std::erase(state->idle, member);
  state->running -= found->second.running.size();
  state->members.erase(found);
}

bool TaskPool::Retire(uint64_t member) {
  bool free = true;
  {
    auto state = state_.Acquire();
    const auto found = state->members.find(member);
    if (found != state->members.end()) {
      found->second.retiring = true;
      free = found->second.running.empty();
      if (free) Forget(&*state, member);
    }
  }
  // It may have been woken for a task that it will not take now.
  WakeOne();
  return free;
}

void TaskPool::Leave(uint64_t member) {
  {
    auto state = state_.Acquire();
    Forget(&*state, member);
  }
  WakeOne();
}

void TaskPool::NeverCame(uint64_t member) {
  state_.Acquire()->absent.push_back(member);
  Leave(member);
}

bool TaskPool::ForgetAbsent(uint64_t member) { return std::erase(state_.Acquire()->absent, member) != 0; }

std::optional<TaskPool::Task> TaskPool::Take(uint64_t id) {
  auto state = state_.Acquire();
  const auto found = state->members.find(id);
  if (found == state->members.end()) return std::nullopt;
  Member& member = found->second;
  if (!MayTake(member)) return std::nullopt;
  std::optional<Task> task = state->line.Take();
  if (!task.has_value()) {
    if (!member.idle) state->idle.push_back(id);
    member.idle = true;
    member.idle_since = Clock::now();
    return std::nullopt;
  }
  if (member.idle) std::erase(state->idle, id);
  member.idle = false;
  if (task->may_be_cancelled) state->places.erase(task->ticket);
  if (++member.taken >= member.terms.most_tasks) member.retiring = true;
  member.running.push_back({task->ticket, task->submitted, Clock::now()});
  ++state->running;
  return task;
}

TaskPool::After TaskPool::Ended(uint64_t id, uint64_t ticket, size_t bytes) {
  auto state = state_.Acquire();
  const auto found = state->members.find(id);
  if (found == state->members.end()) return {false, false};
  Member& member = found->second;
  const auto task = std::find_if(member.running.begin(), member.running.end(),
                                 [ticket](const Running& each) { return each.ticket == ticket; });
  if (task == member.running.end()) return {false, false};
  if (state->samples.size() < kMostSamples) {
    state->samples.push_back({Nanoseconds(task->began - task->submitted), Nanoseconds(Clock::now() - task->began)});
  }
  member.running.erase(task);
  --state->running;
  if (member.terms.most_bytes != 0 && bytes > member.terms.most_bytes) member.retiring = true;
  if (member.retiring && member.running.empty()) {
    Forget(&*state, id);
    return {false, true};
  }
  return {MayTake(member), false};
}

TaskPool::Load TaskPool::load() {
  auto state = state_.Acquire();
  return {state->line.size(), state->running};
}

std::optional<uint64_t> TaskPool::TaskOf(uint64_t id) {
  auto state = state_.Acquire();
  const auto found = state->members.find(id);
  if (found == state->members.end() || found->second.running.size() != 1) return std::nullopt;
  return found->second.running.front().ticket;
}

std::vector<uint64_t> TaskPool::IdleSince(TimePoint then) {
  std::vector<uint64_t> resting;
  auto state = state_.Acquire();
  for (const uint64_t id : state->idle) {
    const Member& member = state->members.at(id);
    if (member.running.empty() && member.idle_since <= then) resting.push_back(id);
  }
  return resting;
}

std::vector<TaskPool::Sample> TaskPool::TakeSamples() { return std::exchange(state_.Acquire()->samples, {}); }

}  // namespace isolates
