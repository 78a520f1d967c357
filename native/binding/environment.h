#ifndef ISOLATES_BINDING_ENVIRONMENT_H_
#define ISOLATES_BINDING_ENVIRONMENT_H_

#include <napi.h>
#include <uv.h>

#include <atomic>
#include <memory>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "binding/v8_cast.h"
#include "engine/buffer_allocator.h"
#include "engine/isolate_control.h"
#include "engine/outcome.h"
#include "sync/inbox.h"
#include "sync/spin.h"

namespace isolates {

// One Node environment (the main thread or a worker thread) that uses this addon: the isolates it made, and the way
// their answers come back into its event loop.
//
// Threads: the environment's own, except for the Sink functions, which are for any.
// Owns: its isolates until they are closed; its loop handles; references to the JavaScript that takes deliveries.
// Lifetime: shared_ptr; alive until its environment is cleaned up and the last of its isolates is gone.
class Environment final : public Sink, public std::enable_shared_from_this<Environment> {
 public:
  // Becomes the instance data of its Node-API environment.
  static void Create(Napi::Env env, bool is_main_thread, Napi::Function deliver,
                                             Napi::Function make_error);
  // Null before Create.
  static Environment* Of(Napi::Env env) {
    auto* instance = env.GetInstanceData<std::shared_ptr<Environment>>();
    return instance == nullptr ? nullptr : instance->get();
  }

  void Add(std::shared_ptr<IsolateControl> control);
  // Null for an isolate that is closed.
  IsolateControl* Find(uint64_t id);

  v8::Isolate* isolate() const { return isolate_; }
  v8::Local<v8::Context> context() const { return context_.Get(isolate_); }
  BufferAllocator* allocator() const { return allocator_.get(); }
  Napi::Env napi() const { return env_; }

  // While requests are in flight the loop stays alive,
  void Began();
  // and until an isolate that was told to end has ended: somebody may be waiting for that.
  void BeganClosing(uint64_t id);

  // Hands everything that has arrived to JavaScript now.
  void Drain();

  // The value of an outcome; for a failed one its error is thrown, and the value is empty.
  Napi::Value Result(const Outcome& outcome);

  // The error for a failed outcome, made by JavaScript. Empty with an exception pending when that fails.
  Napi::Value MakeError(const Outcome& outcome);

  void set_exit_code(int code) { exit_code_ = code; }

  // While the thread of this environment performs an operation itself.
  class SyncScope;

  void OnOutcome(uint64_t ticket, Outcome outcome) override;
  void OnPrint(uint64_t isolate_id, ConsoleOutput output) override;
  void OnClosed(uint64_t isolate_id, CloseKind kind) override;

 private:
  // What comes in from other threads. `kind` says which of the rest counts.
  struct Delivery {
    enum class Kind : uint8_t { kOutcome, kPrint, kClosed };
    Kind kind;
    uint64_t id;  // ticket or isolate
    Outcome outcome;
    ConsoleOutput output;
    CloseKind close_kind = CloseKind::kNone;
  };

  Environment(Napi::Env env, bool is_main_thread, Napi::Function deliver, Napi::Function make_error);

  void StartLoopHandles();
  void CloseLoopHandles(napi_async_cleanup_hook_handle done);
  void CountIn();
  void Receive(Delivery delivery);
  void OnLoopAboutToWait();
  void Ended(size_t count);
  void Append(Napi::Array batch, Delivery* delivery);
  void Forget(uint64_t id);
  void Call(Napi::Array batch);
  // Lets this environment's JavaScript run in the midst of a guest's, on the same thread.
  void PrintNow(uint64_t isolate_id, const ConsoleOutput& output);
  void SetWatched(IsolateControl* control);
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
  const std::shared_ptr<BufferAllocator> allocator_;
  Napi::FunctionReference deliver_;
  Napi::FunctionReference make_error_;

  std::unordered_map<uint64_t, std::shared_ptr<IsolateControl>> controls_;
  Inbox<Delivery> inbox_;
  std::vector<Delivery> received_;  // kept for its capacity
  // Null once the loop's handles are being closed.
  Guarded<uv_async_t*> wake_{nullptr};
  uv_prepare_t* about_to_wait_ = nullptr;
  SpinBudget spin_;
  TimePoint waiting_since_ = kNever;
  size_t in_flight_ = 0;
  std::unordered_set<uint64_t> closing_;
  int sync_depth_ = 0;
  IsolateControl* sync_control_ = nullptr;
  // What the watch over a worker thread looks at from its own thread: the guest that the worker is in, if it is in one.
  Guarded<std::weak_ptr<IsolateControl>> watched_;
  std::atomic<bool> watching_{false};
  int exit_code_ = 0;
  bool shut_down_ = false;
};

class Environment::SyncScope {
 public:
  SyncScope(Environment* environment, IsolateControl* control);
  ~SyncScope();

 private:
  Environment* const environment_;
  IsolateControl* const outer_;
};

}  // namespace isolates

#endif  // ISOLATES_BINDING_ENVIRONMENT_H_
