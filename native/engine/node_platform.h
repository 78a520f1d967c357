#ifndef ISOLATES_ENGINE_NODE_PLATFORM_H_
#define ISOLATES_ENGINE_NODE_PLATFORM_H_

#include <v8.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace isolates {

// What the engine needs of the Node process around it: its V8 platform and the snapshot it was started from. The only
// file that knows node.h.
//
// V8 has one platform and one read-only heap per process, and Node brought both: isolates that are not registered with
// the one, or not started from a descendant of the other, break in ways that show much later (missing garbage
// collection tasks, wrong strings).
class NodePlatform {
 public:
  // Remembers the platform of the process; called by each environment before anything else here is used.
  // False when this context is not one of Node's.
  static bool Attach(v8::Local<v8::Context> context);

  // The snapshot built into the node binary; null when Node was started without it (--no-node-snapshot) or does not
  // export it.
  static const v8::StartupData* EmbeddedSnapshot();
  // Node's own callbacks that its snapshot refers to, without the terminating null; empty when not known.
  static const std::vector<intptr_t>& EmbeddedReferences();

  // Between Isolate::Allocate and Isolate::Initialize. The runner must outlive Dispose.
  static void Register(v8::Isolate* isolate, std::shared_ptr<v8::TaskRunner> runner);
  // Unregisters and disposes, in the order this Node needs. The isolate must not be entered by any thread.
  static void Dispose(v8::Isolate* isolate);
  // For an isolate that somebody else disposes, or has disposed.
  static void Unregister(v8::Isolate* isolate);

  // Has `handler` called before V8 ends the process for an error it cannot return from, on the thread that met it. What
  // V8 says of the error is printed already. Once, after Attach.
  static void OnFatalError(void (*handler)());

  // Has the environment of `context` end as Node itself ends a worker thread: what runs is terminated, the loop stops.
  // Any thread, while the environment is there.
  static void* EnvironmentOf(v8::Local<v8::Context> context);
  static void Stop(void* environment);

  // Runs `callback(data)` when the environment of `context` goes, on every way out that lets Node run code at all:
  // process.exit() and uncaught exceptions, where Node skips the clean-up hooks of the main thread, included.
  static void AtExit(v8::Local<v8::Context> context, void (*callback)(void*), void* data);
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_NODE_PLATFORM_H_
