#ifndef ISOLATES_ENGINE_TASK_POOL_H_
#define ISOLATES_ENGINE_TASK_POOL_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "engine/operations.h"
#include "engine/time_limits.h"
#include "sync/priority_line.h"

namespace isolates {

class IsolateBackend;

// One line of tasks for several isolates: each takes the next task when it is free, on its own thread. So no task is
// bound to an isolate before it begins: none waits behind another while an isolate has nothing to do, and the end of an
// isolate is the end of nothing but what it was doing.
//
// Threads: any.
// Owns: the tasks that wait.
// Lifetime: shared_ptr; held by its environment's JavaScript and by its members.
class TaskPool {
 public:
  struct Task {
    std::unique_ptr<Operation> operation;
    uint64_t ticket;
    TimeLimits limits;
    bool may_be_cancelled;
    TimePoint submitted;
  };
  // When a member stops taking tasks.
  struct Terms {
    size_t at_a_time = 1;
    size_t most_tasks = std::numeric_limits<size_t>::max();
    size_t most_bytes = 0;  // of its heap and buffers after a task; 0 for no limit
  };
  // Of one task that has ended, in nanoseconds.
  struct Sample {
    double waited;
    double ran;
  };
  struct Load {
    size_t queued;
    size_t running;
  };

  void Submit(Task task, int32_t priority);

  // Takes a task out of the line, or tells the member that runs it. True when it was in the line: nothing else will be
  // heard of it.
  bool Cancel(uint64_t ticket);
  // Empties the line; the tickets of what was in it.
  std::vector<uint64_t> Clear();

  void Join(const std::shared_ptr<IsolateBackend>& member, const Terms& terms);
  // It takes no more tasks. False when some of its tasks have not ended; then `Ended` says when.
  bool Retire(uint64_t member);
  // The member is gone, with whatever it was doing.
  void Leave(uint64_t member);
  // The same for one that never came to look for a task.
  void NeverCame(uint64_t member);
  // Whether that was said of it; true once.
  bool ForgetAbsent(uint64_t member);

  // The next task for that member, unless it has enough. Without one it is woken when there is one.
  std::optional<Task> Take(uint64_t member);
  struct After {
    bool goes_on;  // it may take another task
    bool retired;  // it takes no more, and this was the last that it had
  };
  // `bytes` is what the member's memory has grown to.
  After Ended(uint64_t member, uint64_t ticket, size_t bytes);

  Load load();
  // The ticket of the only task that the member has.
  std::optional<uint64_t> TaskOf(uint64_t member);
  // The members that have had nothing to do since then, those first that rest longest.
  std::vector<uint64_t> IdleSince(TimePoint then);
  // What was noted since the last time.
  std::vector<Sample> TakeSamples();

 private:
  struct Running {
    uint64_t ticket;
    TimePoint submitted;
    TimePoint began;
  };
  struct Member {
    std::weak_ptr<IsolateBackend> control;
    Terms terms;
    size_t taken = 0;
    bool retiring = false;
    bool idle = false;
    TimePoint idle_since{};
    std::vector<Running> running{};
  };
  struct State {
    PriorityLine<Task> line;
    // Where the tasks stand that may be cancelled.
    std::unordered_map<uint64_t, PriorityLine<Task>::Place> places;
    std::unordered_map<uint64_t, Member> members;
    std::vector<uint64_t> idle;  // who rests, the last to have worked at the end
    size_t running = 0;
    std::vector<uint64_t> absent;
    std::vector<Sample> samples;
  };

  static bool MayTake(const Member& member);
  // Under the lock. Somebody who rests; null when nobody does.
  static std::shared_ptr<IsolateBackend> Rouse(State* state);
  static void Forget(State* state, uint64_t member);
  // Under no lock: there is a task that nobody has been told of.
  void WakeOne();

  Guarded<State> state_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_TASK_POOL_H_
