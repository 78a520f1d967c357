#ifndef ISOLATES_ENGINE_EXTERNAL_SHARE_H_
#define ISOLATES_ENGINE_EXTERNAL_SHARE_H_

#include <v8.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "engine/v8_compat.h"

namespace isolates {

// What V8 is told that one handle keeps alive outside of the heap: a channel's handle is a few bytes here, and may be
// megabytes there, which the collector would never hear of.
//
// Asked for what a channel holds at each item it would be no longer cheap, so it is asked for whenever kStep bytes have
// gone in or out through this handle.
//
// Threads: that of the realm.
class ExternalShare {
 public:
  static constexpr size_t kStep = size_t{64} << 10;

  // So many bytes went through the handle. True when it is time to ask what the channel holds now.
  bool Carried(size_t bytes) {
    carried_ += bytes;
    return carried_ >= kStep;
  }

  // May collect garbage.
  void Set(v8::Isolate* isolate, size_t bytes) {
    carried_ = 0;
    const size_t before = std::exchange(told_, bytes);
    if (before != bytes) AdjustExternalMemory(isolate, static_cast<int64_t>(bytes) - static_cast<int64_t>(before));
  }

 private:
  size_t carried_ = 0;
  size_t told_ = 0;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_EXTERNAL_SHARE_H_
