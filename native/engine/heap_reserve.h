#ifndef ISOLATES_ENGINE_HEAP_RESERVE_H_
#define ISOLATES_ENGINE_HEAP_RESERVE_H_

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "base/guarded.h"
#include "engine/guest_heap.h"

namespace isolates {

// Heaps made in advance, so that a new isolate has one at once. Off until somebody asks for a number. The limits of a
// heap are fixed when it is made, so there is a shelf for each limit.
//
// Threads: any.
// Owns: the spare heaps; they must be gone (Clear, then Drain) before the process ends.
class HeapReserve {
 public:
  static HeapReserve& Get();

  // A spare heap when one fits, or a new one: as GuestHeap::Create.
  bool Take(const GuestHeap::Limits& limits, std::unique_ptr<GuestHeap>* heap);

  // Keeps `count` spare ones with those limits from now on. `ready` is called, on any thread, once as many are there
  // (at once for 0); a later call replaces the number, and calls `ready` of the earlier one.
  void Resize(const GuestHeap::Limits& limits, size_t count, std::function<void()> ready);
  // The same with 0 for all limits.
  void Clear();

  // Waits until no spare heap is left and none is being made.
  void Drain();

  // How many spare ones there are, whatever their limits.
  size_t available();

 private:
  class FillJob;
  struct Shelf {
    std::vector<std::unique_ptr<GuestHeap>> spare;
    size_t wanted = 0;
    std::vector<std::function<void()>> waiting;
  };
  struct State {
    std::map<size_t, Shelf> shelves;  // by the limit of memory
    bool filling = false;
  };

  // Under the lock. A shelf that has not got what is wanted; null when all have.
  static Shelf* Incomplete(State* state, size_t* memory);

  // Makes what is missing; each heap stands in `heap`, and its limit in `memory`, while it is being made.
  void Fill(std::unique_ptr<GuestHeap>* heap, size_t* memory);
  // One with that limit cannot be made: what is there of them has to do.
  void BeContent(size_t memory);
  void StartFillingIfNeeded();

  Guarded<State> state_;
  std::condition_variable changed_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_HEAP_RESERVE_H_
