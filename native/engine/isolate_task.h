#ifndef ISOLATES_ENGINE_ISOLATE_TASK_H_
#define ISOLATES_ENGINE_ISOLATE_TASK_H_

#include "engine/isolate_control.h"

namespace isolates {

// What is queued. Run by the holder of the turn with the heap locked, or refused when the isolate is closed.
struct IsolateControl::Task : SerialTask {
  virtual void Run(IsolateControl* control, const HeapLock& lock) = 0;
  virtual void Refuse(IsolateControl*) {}
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_ISOLATE_TASK_H_
