#ifndef ISOLATES_ENGINE_REJECTIONS_H_
#define ISOLATES_ENGINE_REJECTIONS_H_

#include <v8.h>

#include <cstdint>

namespace isolates {

// The promises of a guest that were rejected while nobody waited for them. Whether anybody does is known when the
// microtasks have run; until then they are kept here, in an array of the guest's own heap: its memory limit counts it.
//
// Threads: the one that has the guest's lock.
// Lifetime: a part of its heap; Clear() under the lock before that goes.
class Rejections {
 public:
  // For V8, in the midst of JavaScript. Without memory for the array the heap ends anyway.
  void Add(v8::Isolate* isolate, v8::Local<v8::Promise> promise);
  bool empty() const { return count_ == 0; }
  // Those that came up to now; those of them that somebody waits for by now are left to the caller to pass over.
  v8::Local<v8::Array> Take(v8::Isolate* isolate);
  void Clear();

 private:
  v8::Global<v8::Array> promises_;
  uint32_t count_ = 0;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_REJECTIONS_H_
