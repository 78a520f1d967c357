#ifndef ISOLATES_BINDING_ENVIRONMENT_H_
#define ISOLATES_BINDING_ENVIRONMENT_H_

#include <napi.h>
#include <uv.h>

#include <atomic>
#include <memory>
#include <thread>
#include <unordered_map>
#include <vector>

#include "binding/node_guest.h"
#include "binding/v8_cast.h"
#include "engine/buffer_allocator.h"
#include "engine/isolate_control.h"
#include "engine/outcome.h"
#include "engine/pending_requests.h"
#include "sync/console_flow.h"
#include "sync/inbox.h"
#include "sync/spin.h"

namespace isolates {

// One Node environment (the main thread or a worker thread) that uses this addon: the isolates it made, and the way
// their answers come back into its event loop.
//
// Threads: the environment's own, except for the Sink functions, which are for any.
// Owns: its isolates until they are closed; its loop handles; references to the JavaScript that takes deliveries.
// Lifetime: shared_ptr; alive until its environment is cleaned up and the last of its isolates is gone.
class Environment final : public Sink, public Realm, public Mailbox, public std::enable_shared_from_this<Environment> {
 public:
  // The JavaScript side: lib/runtime.ts has them.
  struct Callbacks {
    Napi::Function deliver;       // takes a batch of console output and ends of isolates
    Napi::Function make_failure;  // makes what a failed synchronous request throws
    Napi::Function fail;          // makes a promise that will be rejected with the error for a failed request
  };

  // Becomes the instance data of its Node-API environment.
  static void Create(Napi::Env env, bool is_main_thread, const Callbacks& callbacks);
  // Null before Create.
  static Environment* Of(Napi::Env env) {
    auto* instance = env.GetInstanceData<std::shared_ptr<Environment>>();
    return instance == nullptr ? nullptr : instance->get();
  }

  // `handle` is the JavaScript object that stands for the isolate: kept alive while a request is in flight.
  void Add(std::shared_ptr<IsolateBackend> control, Napi::Object handle);
  // Null for an isolate that is closed.
  IsolateBackend* Find(uint64_t id);
  // The same also for one that a guest made, below those of this environment.
  std::shared_ptr<IsolateBackend> FindBelow(uint64_t id);
  // Own thread. Whether it stands still for the answer of that isolate, which has a thread of its own.
  bool IsWaitingFor(uint64_t id) const;
  // Those that the guests of its isolates made, and theirs, that are not closed, in order of creation.
  std::vector<std::shared_ptr<IsolateControl>> Nested() const;

  v8::Isolate* isolate() const override { return isolate_; }
  v8::Local<v8::Context> context() const override { return context_.Get(isolate_); }
  BufferAllocator* allocator() const override { return allocator_.get(); }
  uint64_t party() const override { return party_; }
  std::shared_ptr<Mailbox> mailbox() override { return shared_from_this(); }
  bool MayBlock(TimePoint deadline) const override;
  Napi::Env napi() const { return env_; }

  // A promise for the outcome of the ticket that goes with it. While requests are in flight, and until an isolate that
  // was told to end has ended, the loop stays alive.
  struct Begun {
    uint64_t ticket;
    v8::Local<v8::Promise::Resolver> promise;
  };
  Begun Begin(uint64_t isolate_id);
  // The same for a ticket that was reserved.
  v8::Local<v8::Promise::Resolver> Begin(uint64_t isolate_id, uint64_t ticket);
  // The request was not posted after all.
  void TakeBack(uint64_t ticket);
  void BeginClosing(uint64_t isolate_id);
  void Close(IsolateBackend* control);
  uint64_t last_ticket() const { return requests_.last(); }
  // The caller does not wait any more; its promise is rejected with the reason.
  void Abandon(uint64_t ticket, v8::Local<v8::Value> reason);

  // Rejects the promise of a request that nobody will answer.
  void Refuse(uint64_t ticket, v8::Local<v8::Value> reason);

  // Hands what has arrived to JavaScript, as much as one turn of the loop should take.
  void Drain();
  // All of it, on the way out.
  void DrainAll();
  // What guests stand still for, before its turn: console output and errors that are nobody's, and calls that block.
  void TakeUrgent();

  // The value of an outcome; for a failed one its failure is thrown, and the value is empty.
  v8::Local<v8::Value> Result(uint64_t isolate_id, const Outcome& outcome);

  // It is about to end.
  void set_exit_code(int code) {
    exit_code_ = code;
    if (guest_ != nullptr) guest_->End();
  }

  // Gives the JavaScript of lib/remote/host.ts: what goes in place of a function or an object that cannot be copied,
  // and what stands for a stream that a guest keeps.
  void ConnectRemote(v8::Local<v8::Function> export_value, v8::Local<v8::Function> make_stream);
  // What guests know a function by.
  std::shared_ptr<HostFunction> FunctionOf(uint64_t number, bool blocks, v8::Local<v8::Value> function);
  struct Remote {
    v8::Global<v8::Function> export_value;
    v8::Global<v8::Function> make_stream;
    std::unordered_map<uint64_t, std::weak_ptr<HostFunction>> functions;
    std::atomic<size_t> blocked{0};  // calls in the inbox whose guests' threads wait
    // What this thread sleeps on while it waits for a guest on another.
    Guarded<std::shared_ptr<Event>> wake{nullptr};
  };
  Remote& remote() { return remote_; }

  // Makes this environment, which is a worker's, the one that an isolate runs on. False when the isolate was told to
  // end.
  bool BecomeGuest(std::shared_ptr<NodeControl> control);
  // Null where it is nobody's.
  NodeGuest* guest() { return guest_.get(); }
  Hosted* hosted() override { return guest_.get(); }
  v8::ScriptOrigin OriginOf(v8::Local<v8::String> filename, int line, int column) override;
  v8::MaybeLocal<v8::Value> Callable(v8::Local<v8::Object> handle) override;
  v8::MaybeLocal<v8::Value> FindReference(uint64_t number) override;
  // Any thread: its host asks for something.
  void WakeGuest() { Receive({.kind = Delivery::Kind::kAsked, .id = 0}); }
  // Any thread, while it is a guest: ends it.
  void EndFromOutside();
  void KeepLoopAlive();
  void LetLoopEnd();
  bool Park(const std::function<bool(TimePoint until)>& wait_until, const std::function<void()>& give_up,
            TimePoint deadline) override;
  // Own thread. True when this environment is being terminated.
  bool IsTerminating();

  // Performs an operation on this thread.
  void PerformHere(IsolateBackend* control, Operation* operation, const TimeLimits& limits, Outcome* outcome);
  // The same if nobody has the isolate's turn now. For kPending there is a promise, as from Begin.
  IsolateBackend::AtOnce PerformAtOnce(IsolateBackend* control, Operation* operation, const TimeLimits& limits,
                                       Outcome* outcome, v8::Local<v8::Promise>* promise);

  void OnOutcome(uint64_t ticket, Outcome outcome) override;
  void OnPrint(uint64_t isolate_id, ConsoleOutput output, const std::function<bool()>& give_up) override;
  void OnUncaught(uint64_t isolate_id, UncaughtKind kind, Outcome failure,
                  const std::function<bool()>& give_up) override;
  void OnClosed(uint64_t isolate_id, CloseKind kind) override;
  void PostNews(uint64_t wait, News news) override;
  void OnHostCall(HostCall call) override;
  bool ServeHere(HostCall* call) override;
  void OnHostCallAborted(uint64_t isolate_id, uint64_t call) override;
  void OnRetired(uint64_t isolate_id) override;
  void OnFunctionDropped(uint64_t function) override;

 private:
  // What comes in from other threads; `kind` says which of the rest counts. Small, because a hundred thousand of them
  // may be in line, and nearly all are scalars.
  struct Delivery {
    enum class Kind : uint8_t {
      kScalar,
      kOutcome,
      kPrint,
      kUncaught,
      kClosed,
      kSettled,
      kTimeUp,
      kCall,
      kCallAborted,
      kFunctionDropped,
      kRetired,
      kAsked  // of this environment, by its host
    };
    Kind kind;
    CloseKind close_kind = CloseKind::kNone;
    UncaughtKind uncaught_kind = UncaughtKind::kException;
    uint64_t id;  // ticket, isolate, wait or function
    Scalar scalar{};
    std::unique_ptr<Outcome> outcome{};
    std::unique_ptr<ConsoleOutput> output{};
    std::unique_ptr<HostCall> call{};
  };

  // The shares of an isolate that belong to this environment.
  struct Resident {
    std::shared_ptr<IsolateBackend> control;
    Napi::ObjectReference handle;  // strong while `in_flight` is not 0
    size_t in_flight = 0;
    bool closing = false;
  };

  Environment(Napi::Env env, bool is_main_thread, const Callbacks& callbacks);

  void StartLoopHandles();
  void CloseLoopHandles(napi_async_cleanup_hook_handle done);
  void CountIn();
  void Receive(Delivery delivery);
  // Any thread.
  void Wake();
  void OnLoopAboutToWait();
  void Hold() override { KeepLoopAlive(); }
  void Release() override { LetLoopEnd(); }
  // lib/runtime.ts has them registered as soon as it is loaded.
  // Nothing tells that a worker is being terminated: who sees it in a v8::TryCatch asks V8 for it again.
  void EndIfTold() override {}
  void LoadClasses() override {}
  void LoadPlain() override {}
  // Null for one that is gone. Requests often ask for the same one again.
  Resident* FindResident(uint64_t isolate_id);
  void EndRequest(uint64_t isolate_id);
  void Settle(const Delivery& delivery);
  // Its arguments but the first, the isolate's id. False with an exception pending.
  bool FailureParts(const Outcome& outcome, std::vector<v8::Local<v8::Value>>* parts);
  v8::MaybeLocal<v8::Value> CallForFailure(const Napi::FunctionReference& function, uint64_t isolate_id,
                                           const Outcome& outcome);
  v8::MaybeLocal<v8::Value> MakeStream(uint64_t isolate_id, const Outcome& outcome);
  void Push(std::vector<v8::Local<v8::Value>>* batch, std::string_view text);
  void Append(std::vector<v8::Local<v8::Value>>* batch, const Delivery& delivery);
  void AppendCall(std::vector<v8::Local<v8::Value>>* batch, HostCall* call);
  void AppendRemote(std::vector<v8::Local<v8::Value>>* batch, const Delivery& delivery);
  void Forget(uint64_t isolate_id);
  // What it takes of the room that an isolate's console output and errors have; 0 for what needs none of it.
  static size_t SizeOf(const Delivery& delivery);
  // A piece of that: waits for room, or is handed over at once where this thread is in the guest.
  void Flow(Delivery delivery, const std::function<bool()>& give_up);
  static bool Flows(const Delivery& delivery) {
    return delivery.kind == Delivery::Kind::kPrint || delivery.kind == Delivery::Kind::kUncaught;
  }
  // Any thread: something has come that guests stand still for.
  void WakeWaiting();
  // Own thread, in the midst of a synchronous request: these let this environment's JavaScript run inside of it.
  // What goes around everything that runs in a guest on this thread.
  void Visit(IsolateBackend* control, const std::function<void(const IsolateBackend::Caller&)>& body);
  // False when the host could not even begin with them.
  bool PrintNow(std::vector<v8::Local<v8::Value>>* batch);
  // The guest this thread is about to be in, or to be back in; null for none.
  void SetWatched(IsolateBackend* control);
  void WatchForTermination();
  static void CheckForTermination(v8::Isolate* guest, void* environment);

  // Stops and disposes everything; idempotent. Leaves the process at once when an isolate cannot be disposed.
  void Shutdown();
  void LeaveProcess();

  const Napi::Env env_;
  v8::Isolate* const isolate_;
  v8::Global<v8::Context> context_;
  const std::thread::id thread_ = std::this_thread::get_id();
  const bool is_main_thread_;
  const uint64_t party_;
  const std::shared_ptr<BufferAllocator> allocator_;
  Napi::FunctionReference deliver_;
  Napi::FunctionReference make_failure_;
  Napi::FunctionReference fail_;

  std::unordered_map<uint64_t, Resident> residents_;
  std::pair<uint64_t, Resident*> last_found_{0, nullptr};
  PendingRequests requests_;
  Inbox<Delivery> inbox_;
  ConsoleFlow console_flow_;
  Remote remote_;
  std::vector<Delivery> received_;  // taken from the inbox; handed over up to received_next_
  size_t received_next_ = 0;
  // Null once the loop's handles are being closed.
  Guarded<uv_async_t*> wake_{nullptr};
  uv_prepare_t* about_to_wait_ = nullptr;
  SpinBudget spin_;
  TimePoint waiting_since_ = kNever;
  size_t in_flight_ = 0;
  int sync_depth_ = 0;
  bool closed_here_ = false;  // an isolate, on this thread, since the loop last had its turn
  IsolateBackend* sync_control_ = nullptr;
  // What the watch over a worker thread looks at from its own thread: the guest that the worker is in, if it is in one.
  Guarded<std::weak_ptr<IsolateBackend>> watched_;
  std::atomic<bool> watching_{false};
  int exit_code_ = 0;
  bool shut_down_ = false;
  // Of Node, while this is a guest.
  void* node_environment_ = nullptr;
  std::unique_ptr<NodeGuest> guest_;
};

}  // namespace isolates

#endif  // ISOLATES_BINDING_ENVIRONMENT_H_
