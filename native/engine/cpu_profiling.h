#ifndef ISOLATES_ENGINE_CPU_PROFILING_H_
#define ISOLATES_ENGINE_CPU_PROFILING_H_

#include <v8-profiler.h>
#include <v8.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "engine/profile_tree.h"

namespace isolates {

class Interrupts;

// The CPU profiles that are being taken of one isolate.
//
// V8 samples the thread that has begun to, by a signal. An isolate's turns are on many threads, so sampling begins anew
// on each; and it ends some time after a turn, since that thread may end. Where that thread leaves the guest for the
// host's JavaScript or for another isolate, V8 would take what runs there for the guest's: nothing is sampled
// meanwhile.
//
// Threads: the one that holds the isolate's lock.
// Owns: V8's profilers.
class CpuProfiling {
 public:
  // `interrupts` are those of an isolate whose thread leaves it now and then; null where it never does.
  explicit CpuProfiling(const Interrupts* interrupts) : interrupts_(interrupts) {}
  ~CpuProfiling() { Clear(); }
  CpuProfiling(const CpuProfiling&) = delete;
  CpuProfiling& operator=(const CpuProfiling&) = delete;

  // Its number.
  uint64_t Start(v8::Isolate* isolate, int interval_us);
  // What has been sampled, as JSON; nothing when there is none with that number.
  std::optional<std::string> Stop(uint64_t number);

  // Some thread is sampled at the moment.
  bool is_sampling() const;
  // Code of the isolate runs on this thread from now on, and until OnTurnEnded.
  void OnTurn();
  void OnTurnEnded();
  // No thread is sampled until the next turn.
  void Rest();
  // All of them end.
  void Clear();

  // The thread that executes in that isolate leaves it, and comes back.
  static void OnLeaving(const Interrupts* interrupts);
  static void OnReturned(const Interrupts* interrupts);

 private:
  struct Profile {
    v8::CpuProfiler* profiler;
    ProfileTree tree;
    int interval_us;
    std::optional<v8::ProfilerId> sampling{};
    std::thread::id sampled{};
    int64_t sampling_since = 0;
    int64_t resting_since = -1;  // below 0: it is in a turn
  };

  void Sample(Profile* profile);
  static void Pause(Profile* profile);
  static CpuProfiling* Find(const Interrupts* interrupts);
  void Register();
  void UnregisterWhenNone();

  const Interrupts* const interrupts_;
  int outside_ = 0;
  std::map<uint64_t, Profile> profiles_;
  uint64_t last_ = 0;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_CPU_PROFILING_H_
