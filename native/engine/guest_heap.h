#ifndef ISOLATES_ENGINE_GUEST_HEAP_H_
#define ISOLATES_ENGINE_GUEST_HEAP_H_

#include <v8.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/buffer_allocator.h"
#include "engine/call_tokens.h"
#include "engine/event_loop.h"
#include "engine/foreground_tasks.h"
#include "engine/guest_limits.h"
#include "engine/guest_remote.h"
#include "engine/memory_survey.h"
#include "engine/realm.h"
#include "engine/realm_lock.h"
#include "engine/rejections.h"
#include "engine/source_text.h"
#include "engine/stack_limit.h"
#include "engine/v8_flags.h"
#include "value/value_account.h"

namespace isolates {

class HostCalls;
class Interrupts;
class ModuleRegistry;

// One finished piece of console output.
struct ConsoleOutput {
  std::string method;
  bool to_stderr;
  SourceText text;
  std::string name{};  // of the isolate whose code printed it
};

// A V8 isolate of ours with its one context: the heap itself, without anything about calls.
//
// Threads: made on any thread; used by whoever holds a HeapLock; destroyed on any thread that does not hold one.
// Owns: the isolate, its context, its buffer memory and its foreground tasks.
class GuestHeap final : public Realm, public Hosted {
 public:
  struct Identity {
    uint64_t id = 0;
    std::string name;
  };
  struct Limits {
    size_t memory = 0;  // bytes of heap and buffers; 0 for V8's default
  };
  // What a heap tells the one who uses it; called on the thread that holds the lock.
  class Client {
   public:
    virtual void OnPrint(ConsoleOutput output) = 0;
    // What a callback threw that nobody called. In the midst of JavaScript.
    virtual void OnUncaught(v8::Local<v8::Value> exception, v8::Local<v8::Message> message) = 0;
    virtual std::shared_ptr<Mailbox> ClientMailbox() = 0;
    virtual Interrupts* ClientInterrupts() = 0;
    // In the midst of V8: all garbage was collected, and what GiveBackIdleMemory gave back is in use again.
    virtual void OnCollected() = 0;
    virtual HostCalls* ClientHostCalls() = 0;
    virtual const GuestLimits& ClientLimits() const = 0;
    virtual ResidentMark* ClientResidentMark() = 0;
    // Whether this is a thread of Node's, which has to be asked from time to time whether it must end.
    virtual bool IsOnNodeThread() const = 0;
    // Asks. When it must, the isolate has been told to end.
    virtual bool NodeThreadEnds() = 0;
    // What runs now was caused by the call with that token: it is on its account.
    virtual void ChargeTo(uint64_t token) = 0;
    // After code of the host's, or of another guest's, that ran on this thread in the midst of this guest. Does not
    // return when V8 could not go on with this heap there.
    virtual void OnBackFromHost() = 0;

   protected:
    ~Client() = default;
  };

  // False, and none is there, when the isolate cannot be made. It is there before it is made, for whoever is left with
  // it when V8 does not come back from that.
  static bool Create(const Limits& limits, std::unique_ptr<GuestHeap>* heap);
  ~GuestHeap();
  GuestHeap(const GuestHeap&) = delete;
  GuestHeap& operator=(const GuestHeap&) = delete;

  static GuestHeap* Of(v8::Isolate* isolate) { return static_cast<GuestHeap*>(isolate->GetData(0)); }

  // Has V8 set up now what it otherwise does with the first script of a heap. Before the heap is assigned.
  void WarmUp();

  // A heap from the reserve gets its identity when it is given to somebody.
  void Assign(Identity identity, Client* client);
  const Identity& identity() const { return identity_; }
  // When that was.
  TimePoint born() const { return born_; }

  v8::Isolate* isolate() const override { return isolate_; }
  v8::Local<v8::Context> context() const override { return context_.Get(isolate_); }
  BufferAllocator* allocator() const override { return allocator_.get(); }
  bool IsFull() const override { return out_of_memory(); }
  uint64_t party() const override { return identity_.id; }
  std::shared_ptr<Mailbox> mailbox() override { return client_->ClientMailbox(); }
  bool MayBlock(TimePoint deadline) const override { return deadline != kNever || !OnMainThread(); }
  // Under the lock, before the heap goes: nothing waits in it any more.
  void LeaveSharing();
  // The same for a heap that V8 never comes back from, made or not.
  void AbandonSharing();
  // What is contained (LastResort) of it.
  v8::Isolate* ContainedIsolate() const { return is_made_ ? isolate_ : nullptr; }
  size_t most_message() const override { return client_ == nullptr ? SIZE_MAX : client_->ClientLimits().message; }
  // Bytes of the values it has made that are still there.
  uint64_t value_bytes() const { return values_->bytes(); }
  ForegroundTasks& tasks() const { return *tasks_; }
  EventLoop& loop() { return loop_; }
  Rejections& rejections() { return rejections_; }
  CallTokens& tokens() { return tokens_; }
  // How many promises wait for what others do.
  size_t waits() const { return waits_; }
  const Limits& limits() const { return limits_; }
  Client* client() const { return client_; }
  // Under the lock; made when it is first asked for.
  ModuleRegistry* modules();
  Hosted* hosted() override { return this; }
  GuestRemote& remote() override { return remote_; }
  HostCalls* host_calls() override { return client_->ClientHostCalls(); }
  Interrupts* interrupts() override { return client_->ClientInterrupts(); }
  uint64_t Payer() override { return CallTokens::RunningNumber(isolate_); }
  void ChargeTo(uint64_t payer) override { client_->ChargeTo(payer); }
  void OnBackFromHost() override { client_->OnBackFromHost(); }
  v8::MaybeLocal<v8::Value> Callable(v8::Local<v8::Object> handle) override { return remote_.Callable(handle); }
  v8::MaybeLocal<v8::Value> FindReference(uint64_t number) override { return remote_.Find(number); }
  bool SleepUntilTold(const std::function<bool(TimePoint until)>& wait_until,
                      const std::function<void()>& give_up) override {
    return Park(wait_until, give_up, kNever);
  }

  void Print(ConsoleOutput output);

  // Under the lock. V8 lets a single large object through that is more than all of the limit; this finds it afterwards.
  // Collects garbage when it seems so.
  bool IsOverLimit();

  // Between two of the guest's instructions, or when it has none: counts what it keeps outside of the heap, unless the
  // heap itself accounts for the growth of the process. Ends it when that is too much.
  void Survey();
  static void OnSurvey(v8::Isolate* isolate, void*) { Of(isolate)->Survey(); }

  // In the midst of a collection of garbage.
  bool collecting() const { return collecting_; }

  // Under the lock. What V8 can do without until it runs guest code again.
  void GiveBackIdleMemory();

  // True from the moment the memory limit was hit: the heap must not run guest code any more.
  bool out_of_memory() const { return out_of_memory_.load(std::memory_order_relaxed); }

 private:
  explicit GuestHeap(const Limits& limits);
  bool Initialize();
  // In the midst of a collection: nothing can be freed here.
  static size_t OnNearHeapLimit(void* data, size_t current, size_t initial);
  // Between two of the guest's instructions, soon after: frees what can be freed, and decides.
  static void Review(v8::Isolate* isolate, void* heap);
  void EndForMemory();
  static void OnCollecting(v8::Isolate* isolate, v8::GCType type, v8::GCCallbackFlags flags, void* heap);
  static void OnCollected(v8::Isolate* isolate, v8::GCType type, v8::GCCallbackFlags flags, void* heap);

  static bool OnWasm(v8::Local<v8::Context>, v8::Local<v8::String>);
  static void OnReject(v8::PromiseRejectMessage rejection);
  static void OnMessage(v8::Local<v8::Message> message, v8::Local<v8::Value> exception);

  void OnForeignStore(const std::shared_ptr<v8::BackingStore>& store) override {
    if (limits_.memory != 0) foreign_stores_.Add(store);
  }
  void OnMade(const Value& value) override;
  void Hold() override { ++waits_; }
  void Release() override { --waits_; }
  void EndIfTold() override;
  void LoadClasses() override;
  void LoadPlain() override;
  static void LoadRemote(Realm* heap);
  bool Park(const std::function<bool(TimePoint until)>& wait_until, const std::function<void()>& give_up,
            TimePoint deadline) override;

  const Limits limits_;
  const std::shared_ptr<BufferAllocator> allocator_;
  const std::shared_ptr<ValueAccount> values_ = std::make_shared<ValueAccount>();
  const std::shared_ptr<ForegroundTasks> tasks_;
  v8::Isolate* const isolate_;
  bool is_made_ = false;
  std::optional<OptimisingInPlace> optimising_in_place_;  // while it is being made
  v8::Global<v8::Context> context_;
  Identity identity_;
  TimePoint born_;
  Client* client_ = nullptr;
  std::unique_ptr<ModuleRegistry> modules_;
  GuestRemote remote_{this, LoadRemote};
  std::atomic<bool> out_of_memory_{false};
  // Under the lock.
  EventLoop loop_{this};
  Rejections rejections_;
  CallTokens tokens_;
  std::optional<WasmTieringPause> wasm_tiering_pause_;  // from the first module of WebAssembly on
  size_t waits_ = 0;
  ForeignStores foreign_stores_;
  // Bytes of heap and buffers when the process was last surveyed, and the most that were seen since.
  size_t own_at_mark_ = 0;
  size_t most_own_ = 0;
  bool collecting_ = false;
  bool review_due_ = false;
  size_t doubts_ = 0;
  size_t refusals_ = 0;    // of more memory to one that has had too much
  size_t fair_limit_ = 0;  // what V8 made of limits_.memory; known from the first time it is hit
};

// Stack-only witness that this thread may use the heap: V8's lock is held, the isolate and its context are entered, and
// the stack limit is that of this thread. Locks nest on one thread.
class HeapLock : public RealmLock {
 public:
  explicit HeapLock(GuestHeap* heap);

  GuestHeap& heap() const { return *heap_; }
  // False when so little of this thread's stack is left that a call would overflow at once.
  bool has_stack() const { return has_stack_; }

 private:
  GuestHeap* const heap_;
  v8::Locker locker_;
  v8::Isolate::Scope isolate_scope_;
  v8::HandleScope handles_;
  v8::Context::Scope context_scope_;
  bool has_stack_;
  std::optional<StackLimit::Scope> stack_limit_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_GUEST_HEAP_H_
