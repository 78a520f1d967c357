#ifndef ISOLATES_ENGINE_SNAPSHOT_H_
#define ISOLATES_ENGINE_SNAPSHOT_H_

#include <v8.h>

#include <cstdint>
#include <string>

namespace isolates {

// What isolates are started from.
//
// Node's own snapshot is safe but carries all of Node: 5 ms to start from. So a lean one is derived from it, by opening
// it, dropping what belongs to Node and writing it again, three times over (each generation sheds what V8's object
// cache of the one before still held), with the guest runtime baked into the last. That takes some 50 ms on a
// background thread, once per process; until then isolates start from Node's.
//
// Threads: any.
// Owns: the finished snapshot, for the life of the process (isolates refer to it).
class Snapshot {
 public:
  struct Origin {
    const v8::StartupData* blob;  // null: V8's default
    const intptr_t* references;
    bool has_guest_runtime;
  };

  enum class State { kUnavailable, kBuilding, kReady, kFailed };

  // Begins the background work; later calls do nothing. `guest_source` is the compiled guest runtime: a script (ASCII)
  // whose completion value is its bootstrap function. `node_snapshot` tells whether Node itself runs from its embedded
  // snapshot.
  static void Prepare(std::string guest_source, bool node_snapshot);
  // Whether some thread's Prepare() has returned: then the guest runtime is known.
  static bool IsPrepared();

  // The best that is ready now.
  static Origin Current();
  static State state();

  // Waits for the background work, after telling it to stop soon; for the way out of the process.
  static void Abandon();
  // Waits until the state is no longer kBuilding.
  static void Wait();

  // For tests: the building that Prepare begins fails, because V8 gives nothing, or never comes back.
  enum class Fault : uint8_t { kNone, kNothing, kFatal };
  static void FailBuilding(Fault fault);

  // Compiles and runs the guest runtime in a context that was not made from a snapshot holding it. False when it
  // failed, which is only possible for want of memory.
  enum class Purpose { kSnapshot, kUse };
  static bool RunGuestRuntime(v8::Isolate* isolate, v8::Local<v8::Context> context, Purpose purpose);
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_SNAPSHOT_H_
