#ifndef ISOLATES_SYNC_ADAPTIVE_MUTEX_H_
#define ISOLATES_SYNC_ADAPTIVE_MUTEX_H_

#include <mutex>

#include "sync/spin.h"

namespace isolates {

// Takes a lock that is held for some nanoseconds only: when it finds it taken, it tries again a few times before it
// sleeps.
template <class Lockable>
void LockAdaptively(Lockable* lockable) {
  constexpr int kTries = 40;
  constexpr int kPauses = 16;
  for (int i = 0; i < kTries; ++i) {
    if (lockable->try_lock()) return;
    // Looking less often leaves the cache line with the thread that has the lock.
    for (int pause = 0; pause < kPauses; ++pause) SpinPause();
  }
  lockable->lock();
}

// A mutex for what is held for some nanoseconds only and fought over by many. With std::mutex alone two threads that
// talk through one channel are asleep most of the time.
//
// Threads: any; for Guarded<T, AdaptiveMutex>.
class AdaptiveMutex {
 public:
  void lock() { LockAdaptively(&mutex_); }
  bool try_lock() { return mutex_.try_lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_ADAPTIVE_MUTEX_H_
