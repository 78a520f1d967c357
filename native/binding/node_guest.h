#ifndef ISOLATES_BINDING_NODE_GUEST_H_
#define ISOLATES_BINDING_NODE_GUEST_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "binding/node_control.h"
#include "binding/v8_cast.h"
#include "engine/function_cache.h"
#include "engine/guest_remote.h"
#include "engine/realm_lock.h"

namespace isolates {

class Environment;
class Instruments;

// What makes a Node environment a guest: it does what its host asks, between the callbacks of its own event loop.
//
// Threads: the environment's own.
// Owns: the promises that calls wait for; what the host refers to.
// Lifetime: a part of its Environment; Leave() before its context goes.
class NodeGuest final : public Hosted {
 public:
  NodeGuest(Environment* environment, std::shared_ptr<NodeControl> control);
  ~NodeGuest();

  GuestRemote& remote() override { return remote_; }
  HostCalls* host_calls() override { return &control_->host_calls(); }
  bool SleepUntilTold(const std::function<bool(TimePoint until)>& wait_until,
                      const std::function<void()>& give_up) override;

  // Scripts of the host import as `like` does, which Node has compiled; those that were given no file of their own
  // import from `base`, a path that ends with a separator.
  void ImportAs(v8::Local<v8::Function> like, std::string base);
  v8::ScriptOrigin OriginOf(v8::Local<v8::String> filename, int line, int column);

  // Defines the globals, and begins with what was asked meanwhile. False with an exception pending.
  bool Start();
  // Does what the host asks for, as much as one turn of the loop should take.
  void RunTasks();
  void Print(bool to_stderr, const char* method, v8::Local<v8::String> text);
  void ReportUncaught(UncaughtKind kind, v8::Local<v8::Value> exception);
  // In the midst of its JavaScript or between callbacks.
  void PerformInspections();
  // The environment has begun to end: nothing more is done.
  void End() { ended_ = true; }
  void Leave();
  // Now and then: what Stats() tells.
  void TakeStock();

  NodeControl& control() { return *control_; }

 private:
  class Lock;
  struct PendingCall {
    Operation::Result result;
    v8::Global<v8::Promise> promise;
  };

  // In the midst of a collection. Node grants a thread a few MiB there, which it may have used before it looks whether
  // it must end: then the process dies.
  static size_t OnNearHeapLimit(void* guest, size_t current, size_t initial);
  // V8 limits what is in its heap only.
  static void OnCollected(v8::Isolate* isolate, v8::GCType type, v8::GCCallbackFlags flags, void* guest);

  void RunTask(NodeTask task);
  void RunOperation(Operation* operation, uint64_t ticket, double timeout);
  // As IsolateControl::Execute and Evaluate.
  bool Execute(const RealmLock& lock, Operation* operation, uint64_t number, double timeout, Outcome* outcome,
               v8::Local<v8::Promise>* pending);
  bool Evaluate(const RealmLock& lock, Operation* operation, v8::TryCatch* caught, Outcome* outcome,
                v8::Local<v8::Promise>* pending);
  void Await(const RealmLock& lock, v8::Local<v8::Promise> promise, uint64_t ticket, double timeout,
             Operation::Result result);
  void Answer(uint64_t ticket, Outcome outcome);
  // So that Node does not take its rejection for one that nobody handles, and, with a ticket, answers that call.
  void Follow(const RealmLock& lock, v8::Local<v8::Promise> promise, uint64_t ticket);
  static void OnSettled(const v8::FunctionCallbackInfo<v8::Value>& arguments);
  // Once everybody has an answer, the loop may end when nothing else keeps it.
  void LetLoopEndWhenIdle();

  Environment* const environment_;
  const std::shared_ptr<NodeControl> control_;
  GuestRemote remote_;
  FunctionCache functions_;
  std::unique_ptr<Instruments> instruments_;  // null while nothing has looked into it
  v8::Global<v8::Data> import_options_;
  std::string base_;
  std::unordered_map<uint64_t, PendingCall> pending_;
  std::vector<NodeTask> taken_;
  size_t taken_next_ = 0;
  TimePoint stock_taken_ = kImmediately;
  bool started_ = false;
  bool running_ = false;
  bool ended_ = false;
  bool closing_ = false;
  bool holds_ = false;
};

}  // namespace isolates

#endif  // ISOLATES_BINDING_NODE_GUEST_H_
