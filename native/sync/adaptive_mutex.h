#ifndef ISOLATES_SYNC_ADAPTIVE_MUTEX_H_
#define ISOLATES_SYNC_ADAPTIVE_MUTEX_H_

#include <mutex>

#include "sync/spin.h"

namespace isolates {

// A mutex for what is held for some nanoseconds only and fought over by many: who finds it taken tries again a few
// times before it sleeps. With std::mutex alone two threads that talk through one channel are asleep most of the time.
//
// Threads: any; for Guarded<T, AdaptiveMutex>.
class AdaptiveMutex {
 public:
  void lock() {
    for (int i = 0; i < kTries; ++i) {
      if (mutex_.try_lock()) return;
      // Looking less often leaves the cache line with the thread that has the lock.
      for (int pause = 0; pause < kPauses; ++pause) SpinPause();
    }
    mutex_.lock();
  }
  bool try_lock() { return mutex_.try_lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  static constexpr int kTries = 40;
  static constexpr int kPauses = 16;

  std::mutex mutex_;
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_ADAPTIVE_MUTEX_H_
