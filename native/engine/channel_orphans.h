#ifndef ISOLATES_ENGINE_CHANNEL_ORPHANS_H_
#define ISOLATES_ENGINE_CHANNEL_ORPHANS_H_

#include <cstdint>
#include <memory>

#include "engine/channel_cycles.h"

namespace isolates {

// Channels whose items go with the isolate, or thread of Node's, that sent them.
//
// Threads: any; under no lock.
// Owns: nothing.
class ChannelOrphans {
 public:
  static void Watch(const std::shared_ptr<MessageChannel>& channel);

  // That party sends no more: what it sent and nobody has received is dropped from those channels.
  static void SenderEnds(uint64_t party);
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_CHANNEL_ORPHANS_H_
