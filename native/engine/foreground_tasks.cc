#include "engine/foreground_tasks.h"

#include <utility>

namespace isolates {

void ForegroundTasks::SetWake(std::function<void()> wake) {
  auto shared = wake == nullptr ? nullptr : std::make_shared<std::function<void()>>(std::move(wake));
  std::shared_ptr<std::function<void()>> call;
  {
    auto state = state_.Acquire();
    state->wake = std::move(shared);
    if (!state->tasks.empty()) call = state->wake;
  }
  if (call != nullptr) (*call)();
}

void ForegroundTasks::Add(std::unique_ptr<v8::Task> task) {
  std::shared_ptr<std::function<void()>> wake;
  {
    auto state = state_.Acquire();
    if (state->closed) return;
    if (state->tasks.empty()) wake = state->wake;
    state->tasks.push_back(std::move(task));
  }
  if (wake != nullptr) (*wake)();
}

void ForegroundTasks::AddLater(std::unique_ptr<v8::Task> task, double seconds) {
  // std::function wants what it holds to be copyable.
  auto held = std::make_shared<std::unique_ptr<v8::Task>>(std::move(task));
  const std::weak_ptr<ForegroundTasks> weak = weak_from_this();
  timer_->Schedule(DeadlineAfter(Clock::now(), seconds * 1000), [weak, held] {
    if (const auto self = weak.lock()) self->Add(std::move(*held));
  });
}

void ForegroundTasks::RunNext() {
  std::unique_ptr<v8::Task> task;
  {
    auto state = state_.Acquire();
    if (state->tasks.empty()) return;
    task = std::move(state->tasks.front());
    state->tasks.pop_front();
  }
  task->Run();
}

void ForegroundTasks::Close() {
  std::deque<std::unique_ptr<v8::Task>> dropped;
  std::shared_ptr<std::function<void()>> wake;
  auto state = state_.Acquire();
  state->closed = true;
  std::swap(state->tasks, dropped);
  std::swap(state->wake, wake);
  state.native().unlock();
}

}  // namespace isolates
