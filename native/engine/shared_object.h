#ifndef ISOLATES_ENGINE_SHARED_OBJECT_H_
#define ISOLATES_ENGINE_SHARED_OBJECT_H_

#include <cstdint>
#include <memory>

namespace isolates {

// Something that is one and the same in every heap that has a handle to it. Crosses as an attachment of a message.
struct SharedObject {
  enum class Kind : uint8_t { kChannel, kStore, kMutex, kSemaphore, kEvent, kBarrier };
  static constexpr uint8_t kKinds = 6;
  // The target is a Value, which has no class of its own: it becomes the JavaScript value that it stands for.
  static constexpr auto kValue = static_cast<Kind>(0xfe);
  // The target is a HostFunction. Its handle is never seen: a function of the guest's stands before it.
  static constexpr auto kHostFunction = static_cast<Kind>(0xfd);

  Kind kind;
  std::shared_ptr<void> target;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_SHARED_OBJECT_H_
