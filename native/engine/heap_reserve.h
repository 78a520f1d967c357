#ifndef ISOLATES_ENGINE_HEAP_RESERVE_H_
#define ISOLATES_ENGINE_HEAP_RESERVE_H_

#include <functional>
#include <memory>
#include <vector>

#include "base/guarded.h"
#include "engine/guest_heap.h"

namespace isolates {

// Heaps made in advance, so that a new isolate has one at once. Off until somebody asks for a number.
//
// Threads: any.
// Owns: the spare heaps; they must be gone (Resize(0), then Drain) before the process ends.
class HeapReserve {
 public:
  static HeapReserve& Get();

  // A spare heap when one fits, or a new one. Null when it cannot be made.
  std::unique_ptr<GuestHeap> Take(const GuestHeap::Limits& limits);

  // Keeps `count` spare ones from now on. `ready` is called, on any thread, once as many are there (at once for 0); a
  // later call replaces the number, and calls `ready` of the earlier one.
  void Resize(size_t count, std::function<void()> ready);

  // Waits until no spare heap is left and none is being made.
  void Drain();

  size_t available();

 private:
  class FillJob;
  struct State {
    std::vector<std::unique_ptr<GuestHeap>> spare;
    size_t wanted = 0;
    bool filling = false;
    std::vector<std::function<void()>> waiting;
  };

  void Fill();
  void StartFillingIfNeeded();

  Guarded<State> state_;
  std::condition_variable changed_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_HEAP_RESERVE_H_
