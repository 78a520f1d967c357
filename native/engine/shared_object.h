#ifndef ISOLATES_ENGINE_SHARED_OBJECT_H_
#define ISOLATES_ENGINE_SHARED_OBJECT_H_

#include <cstdint>
#include <memory>

namespace isolates {

// Something that is one and the same in every heap that has a handle to it. Crosses as an attachment of a message.
struct SharedObject {
  enum class Kind : uint8_t { kChannel, kStore, kMutex, kSemaphore, kEvent, kBarrier };
  static constexpr uint8_t kKinds = 6;

  Kind kind;
  std::shared_ptr<void> target;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_SHARED_OBJECT_H_
