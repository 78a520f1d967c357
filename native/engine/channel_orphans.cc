#include "engine/channel_orphans.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/guarded.h"

namespace isolates {

namespace {

struct State {
  // Stale entries are thrown out now and then.
  std::vector<std::weak_ptr<MessageChannel>> channels;
  size_t most = 64;
};

Guarded<State>& GetState() {
  static auto* state = new Guarded<State>();
  return *state;
}

}  // namespace

void ChannelOrphans::Watch(const std::shared_ptr<MessageChannel>& channel) {
  auto state = GetState().Acquire();
  state->channels.push_back(channel);
  if (state->channels.size() < state->most) return;
  std::erase_if(state->channels, [](const auto& each) { return each.expired(); });
  state->most = std::max<size_t>(64, 2 * state->channels.size());
}

void ChannelOrphans::SenderEnds(uint64_t party) {
  const std::vector<std::weak_ptr<MessageChannel>> channels = GetState().Acquire()->channels;
  for (const std::weak_ptr<MessageChannel>& each : channels) {
    const std::shared_ptr<MessageChannel> channel = each.lock();
    if (channel == nullptr) continue;
    for (auto& dropped : channel->DropFrom(party)) ChannelCycles::LetGoOf(std::move(*dropped.item));
  }
}

}  // namespace isolates
