#ifndef ISOLATES_ENGINE_FOREGROUND_TASKS_H_
#define ISOLATES_ENGINE_FOREGROUND_TASKS_H_

#include <v8-platform.h>

#include <deque>
#include <functional>
#include <memory>

#include "base/guarded.h"
#include "engine/v8_compat.h"
#include "sync/deadline_timer.h"

namespace isolates {

// The tasks V8 wants run on an isolate's own thread (finalization callbacks, the ends of concurrent collections and
// WebAssembly compilations). They wait here until somebody has the isolate's turn.
//
// Threads: posting from any (V8's background threads do); RunNext by the holder of the isolate's lock.
// Owns: the tasks.
// Lifetime: shared with V8, which keeps it until the isolate is disposed, and with the timer for delayed tasks.
class ForegroundTasks final : public v8::TaskRunner, public std::enable_shared_from_this<ForegroundTasks> {
 public:
  explicit ForegroundTasks(DeadlineTimer* timer) : timer_(timer) {}

  // `wake` is called, from any thread, when tasks wait and nobody was told yet. Null detaches; no call begins after
  // that.
  void SetWake(std::function<void()> wake);

  size_t waiting() { return state_.Acquire()->tasks.size(); }
  // Runs the one that has waited longest, if there is any.
  void RunNext();
  // Drops what waits and refuses what comes: for an isolate about to be disposed.
  void Close();

  bool IdleTasksEnabled() override { return false; }
  bool NonNestableTasksEnabled() const override { return true; }
  bool NonNestableDelayedTasksEnabled() const override { return true; }

#if ISOLATES_V8_AT_LEAST(12, 4)
 protected:
  void PostTaskImpl(std::unique_ptr<v8::Task> task, const v8::SourceLocation&) override { Add(std::move(task)); }
  void PostNonNestableTaskImpl(std::unique_ptr<v8::Task> task, const v8::SourceLocation&) override {
    Add(std::move(task));
  }
  void PostDelayedTaskImpl(std::unique_ptr<v8::Task> task, double seconds, const v8::SourceLocation&) override {
    AddLater(std::move(task), seconds);
  }
  void PostNonNestableDelayedTaskImpl(std::unique_ptr<v8::Task> task, double seconds,
                                      const v8::SourceLocation&) override {
    AddLater(std::move(task), seconds);
  }
  void PostIdleTaskImpl(std::unique_ptr<v8::IdleTask>, const v8::SourceLocation&) override {}
#else
  void PostTask(std::unique_ptr<v8::Task> task) override { Add(std::move(task)); }
  void PostNonNestableTask(std::unique_ptr<v8::Task> task) override { Add(std::move(task)); }
  void PostDelayedTask(std::unique_ptr<v8::Task> task, double seconds) override { AddLater(std::move(task), seconds); }
  void PostNonNestableDelayedTask(std::unique_ptr<v8::Task> task, double seconds) override {
    AddLater(std::move(task), seconds);
  }
  void PostIdleTask(std::unique_ptr<v8::IdleTask>) override {}
#endif

 private:
  struct State {
    std::deque<std::unique_ptr<v8::Task>> tasks;
    std::shared_ptr<std::function<void()>> wake;
    bool closed = false;
  };

  void Add(std::unique_ptr<v8::Task> task);
  void AddLater(std::unique_ptr<v8::Task> task, double seconds);

  DeadlineTimer* const timer_;
  Guarded<State> state_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_FOREGROUND_TASKS_H_
