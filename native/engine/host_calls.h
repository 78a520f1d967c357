#ifndef ISOLATES_ENGINE_HOST_CALLS_H_
#define ISOLATES_ENGINE_HOST_CALLS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/guarded.h"
#include "sync/event.h"
#include "value/message.h"

namespace isolates {

class Sink;

// A function of a host that guests may call: what a message carries in its place, and what a guest's handle stands for.
//
// Threads: any.
// Lifetime: while a guest has it or a message with it is under way; the host is told when that is over.
class HostFunction {
 public:
  HostFunction(std::weak_ptr<Sink> host, uint64_t number, bool blocks, std::string name)
      : host_(std::move(host)), number_(number), blocks_(blocks), name_(std::move(name)) {}
  ~HostFunction();
  HostFunction(const HostFunction&) = delete;
  HostFunction& operator=(const HostFunction&) = delete;

  // Nobody else's in its environment.
  uint64_t number() const { return number_; }
  // Whether its callers wait in the call, instead of for a promise.
  bool blocks() const { return blocks_; }
  const std::string& name() const { return name_; }

 private:
  const std::weak_ptr<Sink> host_;
  const uint64_t number_;
  const bool blocks_;
  const std::string name_;
};

// A call on its way from a guest to its host.
struct HostCall {
  // In place of a function's number: a service of this package itself.
  static constexpr uint64_t kService = 0;

  uint64_t isolate_id;
  uint64_t number;
  uint64_t function;
  bool blocks;
  // Where among the arguments an AbortSignal stood, as lib/remote/signals.ts counts; below 0 for nowhere.
  int signal;
  Message arguments;
};

// The calls of one guest that its host has not answered. So many, and so many bytes of arguments, may be under way: a
// guest that calls faster than its host answers has to keep what is left, in its own memory.
//
// Threads: Call and CallSync by the holder of the isolate's turn; the rest from any.
class HostCalls {
 public:
  struct Answer {
    // The host's JavaScript could not even begin.
    static constexpr int kUnable = -1;

    int kind = 0;  // of lib/shared/answer.ts, or kUnable
    Message value;
  };
  enum class Answered : uint8_t {
    kAnswered,
    kNever,    // the host's thread waits for this very guest, and cannot go on to the answer
    kStopped,  // the guest was told to end
    kUnable,   // on the host's own thread, whose stack is used up: its JavaScript could not even begin
  };
  // How the guest's thread waits: by the first until it says that it is over; the second ends that from any thread.
  // False when the guest was told to end.
  using Sleep = std::function<bool(const std::function<bool(TimePoint until)>&, const std::function<void()>&)>;

  static constexpr size_t kMostCalls = 1024;
  // More than this does not wait, but for a single call that is larger by itself.
  static constexpr size_t kMostBytes = size_t{16} << 20;

  HostCalls(uint64_t isolate_id, std::shared_ptr<Sink> sink, size_t most)
      : isolate_id_(isolate_id), sink_(std::move(sink)), most_(most) {}

  // Its number, by which the answer will come; 0 when as much is under way as may be: the message is left alone then.
  uint64_t Call(uint64_t function, int signal, Message* arguments);
  Answered CallSync(uint64_t function, Message arguments, const Sleep& sleep, Answer* answer);
  // The guest does not want the answer any more.
  void Abort(uint64_t number);

  // The host's JavaScript was told of it.
  void Reached(uint64_t number);
  // The host has answered. True when the answer is left for a task of the isolate, which calls End; false when the
  // guest's thread has taken it, or nobody waits.
  bool OnAnswer(uint64_t number, Answer* answer);
  void End(uint64_t number) { Take(number); }
  // The host's thread is about to wait for this isolate. What is in its hands by now it will not answer before.
  void GiveUpReached();

  // Those included whose answers the guest has not seen.
  size_t open() const { return open_count_.load(std::memory_order_relaxed); }

 private:
  // What a thread waits for.
  class Reply {
   public:
    void Give(std::optional<Answer> answer);
    void GiveUp() { done_.Set(); }
    bool WaitUntil(TimePoint until) { return done_.WaitUntil(until); }
    std::optional<Answer> Take() { return std::move(*given_.Acquire()); }

   private:
    Guarded<std::optional<Answer>> given_;
    Event done_;
  };
  struct Open {
    size_t bytes;
    std::shared_ptr<Reply> reply;  // null for one that waits for a promise
    bool reached;
    bool answered;
  };
  struct State {
    std::unordered_map<uint64_t, Open> open;
    uint64_t next = 1;
    size_t bytes = 0;
  };

  uint64_t Begin(size_t bytes, std::shared_ptr<Reply> reply);
  std::optional<Open> Take(uint64_t number);

  const uint64_t isolate_id_;
  const std::shared_ptr<Sink> sink_;
  const size_t most_;
  Guarded<State> state_;
  std::atomic<size_t> open_count_{0};
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_HOST_CALLS_H_
