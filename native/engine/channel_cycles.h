#ifndef ISOLATES_ENGINE_CHANNEL_CYCLES_H_
#define ISOLATES_ENGINE_CHANNEL_CYCLES_H_

#include <memory>

#include "sync/channel.h"
#include "value/message.h"

namespace isolates {

using MessageChannel = Channel<Message>;

// Frees channels that nobody can reach although items refer to them: their own, or those of others that nobody can
// reach either. References are counted, and such a ring would keep itself for ever.
//
// Threads: any; under no lock.
// Owns: nothing but what it is looking at.
class ChannelCycles {
 public:
  // To be called once an item that has handles was sent into the channel.
  static void Suspect(const std::shared_ptr<MessageChannel>& channel);

  // Lets go of a reference that was somebody's, and of all that was reached by this one only. Of whatever can be shared
  // or waited for, channel or not.
  static void LetGo(std::shared_ptr<void> shared);
  // The same of all that the items of a message referred to.
  static void LetGoOf(Message&& message);
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_CHANNEL_CYCLES_H_
