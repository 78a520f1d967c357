#ifndef ISOLATES_SYNC_CONSOLE_FLOW_H_
#define ISOLATES_SYNC_CONSOLE_FLOW_H_

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_map>

#include "base/guarded.h"

namespace isolates {

// How much console output of each isolate waits to be delivered to who made it. A guest that prints faster than that
// takes waits in its console call, instead of filling the other's memory.
//
// Threads: Enter and Close from any; Leave by the one that delivers, which must never come to Enter.
class ConsoleFlow {
 public:
  // More than this of one isolate does not wait, but for a single piece that is larger by itself.
  static constexpr size_t kMostEntries = 4096;
  static constexpr size_t kMostBytes = size_t{4} << 20;

  // A piece is about to be sent. Returns when there is room for it, when `give_up` says so, which is asked now and
  // then, or at once after Close.
  void Enter(uint64_t isolate_id, size_t bytes, const std::function<bool()>& give_up);
  // It was delivered.
  void Leave(uint64_t isolate_id, size_t bytes);
  void Close();

  // A hint without the lock.
  bool IsEmpty() const { return entries_.load(std::memory_order_relaxed) == 0; }

 private:
  struct Amount {
    size_t entries = 0;
    size_t bytes = 0;
  };
  struct State {
    std::unordered_map<uint64_t, Amount> waiting;  // of those isolates for which something does
    bool closed = false;
  };

  Guarded<State> state_;
  std::condition_variable changed_;
  std::atomic<size_t> entries_{0};
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_CONSOLE_FLOW_H_
