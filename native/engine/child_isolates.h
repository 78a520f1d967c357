#ifndef ISOLATES_ENGINE_CHILD_ISOLATES_H_
#define ISOLATES_ENGINE_CHILD_ISOLATES_H_

#include <v8.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/guarded.h"
#include "engine/isolate_control.h"
#include "engine/outcome.h"
#include "engine/pending_requests.h"
#include "sync/console_flow.h"
#include "sync/inbox.h"

namespace isolates {

// The isolates that the guest of another one, the parent, has made, and the way their answers come back to it: as
// tasks of the parent's own queue, so no thread of Node's has to be awake for a tree of isolates to work.
//
// Threads: the parent's turn, with its heap locked, except for the Sink functions, StopAll and WhenAllGone, which are
// for any.
// Owns: the isolates until they are closed; the promises that wait for them.
// Lifetime: shared_ptr; its isolates keep it. Leave() under the parent's lock before the heap goes.
class ChildIsolates final : public Sink, public std::enable_shared_from_this<ChildIsolates> {
 public:
  // What becomes of the console output of one of them.
  enum class ConsoleWay : uint8_t { kInherit, kIgnore, kDeliver };
  // The JavaScript side: lib/guest/children.ts has them.
  struct Callbacks {
    v8::Local<v8::Function> deliver;       // takes a batch of console output and ends of isolates
    v8::Local<v8::Function> make_failure;  // makes what a failed synchronous request throws
    v8::Local<v8::Function> fail;          // makes a promise that will be rejected with the error for a failed request
  };
  // The source of a function, as JavaScript holds it.
  using HeldFunction = std::shared_ptr<const FunctionSource>;

  explicit ChildIsolates(std::weak_ptr<IsolateControl> parent) : parent_(std::move(parent)) {}
  ~ChildIsolates() override;

  void Connect(GuestHeap* heap, const Callbacks& callbacks);

  // `handle` stands for the isolate: it is kept while a request is in flight, and takes the isolate along when it is
  // collected. Null when the parent's quota is used up.
  std::shared_ptr<IsolateControl> Create(IsolateControl::Options options, bool* no_memory, ConsoleWay way,
                                         v8::Local<v8::Object> handle);
  // Null for an isolate that is closed, and for one that somebody else made.
  IsolateControl* Find(uint64_t id);

  // Posts an operation: a promise for its outcome, or undefined when the isolate is closed.
  v8::Local<v8::Value> Post(uint64_t id, std::unique_ptr<Operation> operation, const TimeLimits& limits);
  // Performs it on this thread: its value; or empty, with its failure thrown or with the parent being stopped.
  v8::Local<v8::Value> PerformHere(uint64_t id, Operation* operation, const TimeLimits& limits);
  // The value of an outcome; for a failed one its failure is thrown, and the value is empty.
  v8::Local<v8::Value> Result(uint64_t id, const Outcome& outcome);
  // Whether the guest waits for an answer.
  bool HasRequests() const { return open_requests_ != 0; }
  uint64_t last_ticket() const { return requests_.last(); }
  // The caller does not wait any more; its promise is rejected with the reason.
  void Abandon(uint64_t ticket, v8::Local<v8::Value> reason);

  v8::Local<v8::Value> Hold(HeldFunction function);
  // Null for what is none.
  static const HeldFunction* HeldAt(v8::Local<v8::Value> value);

  // Hands what has arrived to JavaScript, as much as one task should take.
  void Drain();
  // Nothing comes in any more, and nothing here refers to the heap.
  void Leave();

  void StopAll();
  // Calls once none of the isolates is left, nor any that they made.
  void WhenAllGone(std::function<void()> then);

  void OnOutcome(uint64_t ticket, Outcome outcome) override;
  void OnPrint(uint64_t isolate_id, ConsoleOutput output, const std::function<bool()>& give_up) override;
  void OnUncaught(uint64_t isolate_id, UncaughtKind kind, Outcome failure,
                  const std::function<bool()>& give_up) override;
  void OnClosed(uint64_t isolate_id, CloseKind kind) override;
  // A guest exposes nothing to isolates that it makes, modules included: whatever these ask for is refused.
  void OnHostCall(HostCall call) override;
  bool ServeHere(HostCall*) override { return false; }
  void OnHostCallAborted(uint64_t, uint64_t) override {}
  void OnFunctionDropped(uint64_t) override {}

 private:
  struct Delivery {
    enum class Kind : uint8_t { kOutcome, kPrint, kClosed };
    Kind kind;
    CloseKind close_kind = CloseKind::kNone;
    uint64_t id;  // ticket or isolate
    std::unique_ptr<Outcome> outcome{};
    std::unique_ptr<ConsoleOutput> output{};
  };
  struct Resident {
    std::shared_ptr<IsolateControl> control;
    v8::Global<v8::Object> handle;  // strong while `in_flight` is not 0
    size_t in_flight = 0;
  };
  struct Held {
    ChildIsolates* owner;
    HeldFunction function;
    v8::Global<v8::External> value;
  };
  struct Living {
    std::unordered_map<uint64_t, std::pair<std::weak_ptr<IsolateControl>, ConsoleWay>> isolates;
    std::function<void()> when_all_gone;
  };

  static size_t SizeOf(const ConsoleOutput& output);
  v8::Isolate* isolate() const { return heap_->isolate(); }
  void Weaken(Resident* resident);
  void BeginRequest(Resident* resident);
  void EndRequest(uint64_t isolate_id);
  void Receive(Delivery delivery);
  void Settle(const Delivery& delivery);
  v8::MaybeLocal<v8::Value> CallForFailure(const v8::Global<v8::Function>& function, uint64_t isolate_id,
                                           const Outcome& outcome);
  void Append(std::vector<v8::Local<v8::Value>>* batch, const Delivery& delivery);
  void Deliver(const std::vector<v8::Local<v8::Value>>& batch);
  // What waits to be printed, and nothing else: the parent's thread is in native code.
  void PrintWaiting();

  const std::weak_ptr<IsolateControl> parent_;
  GuestHeap* heap_ = nullptr;
  v8::Global<v8::Function> deliver_;
  v8::Global<v8::Function> make_failure_;
  v8::Global<v8::Function> fail_;
  std::unordered_map<uint64_t, Resident> residents_;
  std::unordered_set<Held*> held_;
  PendingRequests requests_;
  size_t open_requests_ = 0;
  std::vector<Delivery> received_;  // taken from the inbox; handed over up to received_next_
  size_t received_next_ = 0;

  // Any thread.
  Inbox<Delivery> inbox_;
  ConsoleFlow console_flow_;
  Guarded<Living> living_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_CHILD_ISOLATES_H_
