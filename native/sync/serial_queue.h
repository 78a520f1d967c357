#ifndef ISOLATES_SYNC_SERIAL_QUEUE_H_
#define ISOLATES_SYNC_SERIAL_QUEUE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "sync/adaptive_mutex.h"
#include "sync/event.h"

namespace isolates {

// A unit of work posted to a SerialQueue. The poster and the one who runs it agree on the derived class.
class SerialTask {
 public:
  virtual ~SerialTask() = default;
};

// Lets one thread at a time have its turn, in order of arrival: either a pool thread, which runs posted tasks, or a
// thread that came itself and does something on its own stack.
//
// A turn has one holder. When it ends, the next in line is served: a waiting thread is handed the turn directly,
// posted tasks make the queue ask its host for a thread (ScheduleTurn).
//
// Threads: Post, Turn's constructors and the observers from any thread; Turn's other members by its holder only.
// Owns: posted tasks until a turn took them.
// Lifetime: must outlive every Turn; a host keeps itself alive while a turn is scheduled.
class SerialQueue {
 public:
  class Host {
   public:
    // Asks for a thread that will make a `Turn(queue)`. Called under no lock.
    virtual void ScheduleTurn() = 0;

   protected:
    ~Host() = default;
  };

  class Turn;

  explicit SerialQueue(Host* host) : host_(host) {}

  // False, and the task is dropped, once the queue is closed.
  bool Post(std::unique_ptr<SerialTask> task);

  // True while somebody has the turn or is about to get it.
  bool busy() const { return busy_.load(std::memory_order_acquire); }
  // Tasks and threads in line.
  size_t queued() const {
    // In this order: what is taken was posted before.
    const size_t taken = taken_.load(std::memory_order_acquire);
    return posted_.load(std::memory_order_relaxed) - taken;
  }
  bool HeldByThisThread() const;

 private:
  struct Waiter {
    Event decided;
    bool cancelled = false;  // under the queue's lock
    bool closed = false;     // written before `decided`
  };
  struct Entry {
    std::unique_ptr<SerialTask> task;
    std::shared_ptr<Waiter> waiter;
  };
  struct State {
    std::vector<Entry> entries;
    bool closed = false;
  };

  static bool Wait(Waiter* waiter, TimePoint deadline, const std::function<bool()>* give_up);
  // Under the lock of the state that the entries belong to.
  void Withdraw(std::vector<Entry>* entries, const std::shared_ptr<Waiter>& waiter);
  // Under the lock.
  void CountPosted(int count) {
    posted_.store(posted_.load(std::memory_order_relaxed) + static_cast<size_t>(count), std::memory_order_relaxed);
  }
  // Turn.
  void CountTaken() { taken_.store(taken_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }
  // Pulls what arrived into batch_ when that is used up. False when nothing is left.
  bool Refill();
  void EndTurn();

  Host* const host_;
  Guarded<State, AdaptiveMutex> state_;
  std::atomic<bool> busy_{false};  // written under the lock
  std::atomic<size_t> posted_{0};  // as well; without those that were withdrawn
  std::atomic<uintptr_t> holder_{0};

  // Only the holder of the turn touches these; the turn's hand-over orders the accesses. On a cache line of their own:
  // the holder should not wait for those who post, nor they for it.
  alignas(64) std::atomic<size_t> taken_{0};  // written by the holder, read by all
  std::vector<Entry> batch_;
  size_t batch_next_ = 0;
};

// Being next: stack-only, and while it is `entered` its thread has the queue to itself.
class SerialQueue::Turn {
 public:
  enum class State { kEntered, kNested, kTimedOut, kClosed };

  // For the thread that ScheduleTurn asked for.
  explicit Turn(SerialQueue* queue);
  // For a thread that came itself: waits for its turn. A thread that has the turn already gets a nested one. While it
  // waits, `give_up` (if there is one) is asked now and then; true counts as a deadline that has passed.
  Turn(SerialQueue* queue, TimePoint deadline, const std::function<bool()>* give_up = nullptr);
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  State state() const { return state_; }

  // The next posted task, in order of arrival; null when none is left or a thread is next in line.
  std::unique_ptr<SerialTask> Next();
  // As Next; but when nobody is in line, looks out for a few microseconds: a turn that ends between two of many tasks
  // that come in a row costs more than one that goes on.
  std::unique_ptr<SerialTask> NextSoon();

  // Closes the queue: who waits is told so, who comes later is refused. Returns the tasks that were never run.
  // The turn stays held until this object goes.
  std::vector<std::unique_ptr<SerialTask>> Close();

 private:
  SerialQueue* const queue_;
  State state_ = State::kEntered;
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_SERIAL_QUEUE_H_
