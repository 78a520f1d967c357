#include "engine/channel_cycles.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "engine/process.h"
#include "sync/thread_pool.h"

namespace isolates {

namespace {

struct State {
  // Channels that have had handles in them, by address; stale entries are thrown out now and then.
  std::unordered_map<const void*, std::weak_ptr<MessageChannel>> suspects;
  size_t most_suspects = 64;
  // One thread searches at a time: what it holds meanwhile would look to another like somebody's reference. And one
  // search is for many, because a collection of garbage lets go of many, of which each may lead to all the others.
  std::vector<std::shared_ptr<MessageChannel>> let_go;
  bool searching = false;
};

Guarded<State>& GetState() {
  static auto* state = new Guarded<State>();
  return *state;
}

std::shared_ptr<MessageChannel> FindSuspect(const void* address) {
  auto state = GetState().Acquire();
  const auto found = state->suspects.find(address);
  return found == state->suspects.end() ? nullptr : found->second.lock();
}

// A channel that can be reached from where the search began.
struct Node {
  std::shared_ptr<MessageChannel> channel{};
  uint64_t changes = 0;
  long references_from_items = 0;
  bool reachable = false;
  std::vector<const void*> referred{};  // by its items; also what is no channel
};

class Search {
 public:
  explicit Search(std::vector<std::shared_ptr<MessageChannel>> from) {
    for (std::shared_ptr<MessageChannel>& channel : from) Add(std::move(channel));
    begun_with_ = nodes_.size();
  }

  // Empties the channels that items of each other alone refer to, which frees them with this search. False when
  // something happened to them meanwhile: then it is to be tried again.
  //
  // Right although other threads go on: somebody who has none of these channels can only get one out of an item of
  // another of them. No item came to or went from them while the references were counted; so those that had none but
  // from items, and are in no item of one that had more, are nobody's, and stay so.
  bool Free() {
    Begin();
    // Grows on the way.
    for (size_t i = 0; i < nodes_.size(); ++i) Look(i);
    for (const Node& node : nodes_) {
      for (const void* address : node.referred) {
        if (Node* other = Find(address)) ++other->references_from_items;
      }
    }
    std::vector<Node*> reached;
    for (Node& node : nodes_) {
      constexpr long kOurs = 1;
      if (node.channel.use_count() > node.references_from_items + kOurs) Reach(&node, &reached);
    }
    while (!reached.empty()) {
      const Node* node = reached.back();
      reached.pop_back();
      for (const void* address : node->referred) {
        if (Node* other = Find(address)) Reach(other, &reached);
      }
    }
    for (const Node& node : nodes_) {
      if (!node.reachable && node.channel->changes() != node.changes) return false;
    }
    for (const Node& node : nodes_) {
      if (!node.reachable) node.channel->CloseAndDrop();
    }
    return true;
  }

 private:
  void Begin() {
    nodes_.resize(begun_with_);
    index_.clear();
    for (size_t i = 0; i < nodes_.size(); ++i) {
      Node& node = nodes_[i];
      node = Node{std::move(node.channel)};
      index_.emplace(node.channel.get(), i);
    }
  }

  Node* Find(const void* address) {
    const auto found = index_.find(address);
    return found == index_.end() ? nullptr : &nodes_[found->second];
  }

  void Add(std::shared_ptr<MessageChannel> channel) {
    if (!index_.emplace(channel.get(), nodes_.size()).second) return;
    nodes_.emplace_back().channel = std::move(channel);
  }

  void Look(size_t index) {
    std::vector<const void*> referred;
    nodes_[index].changes = nodes_[index].channel->Look([&referred](const Message& item) {
      if (!item.has_handles) return;
      for (const std::shared_ptr<void>& attachment : item.attachments) referred.push_back(attachment.get());
    });
    for (const void* address : referred) {
      if (index_.contains(address)) continue;
      if (std::shared_ptr<MessageChannel> found = FindSuspect(address)) Add(std::move(found));
    }
    nodes_[index].referred = std::move(referred);
  }

  static void Reach(Node* node, std::vector<Node*>* reached) {
    if (std::exchange(node->reachable, true)) return;
    reached->push_back(node);
  }

  std::vector<Node> nodes_;
  size_t begun_with_ = 0;
  std::unordered_map<const void*, size_t> index_;
};

class SearchJob final : public PoolJob {
 public:
  void RunOnPool() override {
    for (;;) {
      std::vector<std::shared_ptr<MessageChannel>> from;
      {
        auto state = GetState().Acquire();
        from.swap(state->let_go);
        state->searching = !from.empty();
      }
      if (from.empty()) return;
      Search search(std::move(from));
      while (!search.Free()) {
      }
    }
  }
};

}  // namespace

void ChannelCycles::Suspect(const std::shared_ptr<MessageChannel>& channel) {
  auto state = GetState().Acquire();
  state->suspects.insert_or_assign(channel.get(), channel);
  if (state->suspects.size() < state->most_suspects) return;
  std::erase_if(state->suspects, [](const auto& each) { return each.second.expired(); });
  state->most_suspects = std::max<size_t>(64, 2 * state->suspects.size());
}

void ChannelCycles::LetGo(std::shared_ptr<void> shared) {
  {
    auto state = GetState().Acquire();
    // Nothing ever referred to others from one that is no suspect.
    const auto found = state->suspects.find(shared.get());
    if (found == state->suspects.end() || found->second.expired()) return;
    state->let_go.push_back(std::static_pointer_cast<MessageChannel>(std::move(shared)));
    if (std::exchange(state->searching, true)) return;
  }
  Process::Get().pool.Submit(std::make_shared<SearchJob>());
}

void ChannelCycles::LetGoOf(Message&& message) {
  if (!message.has_handles) return;
  for (std::shared_ptr<void>& attachment : message.attachments) LetGo(std::move(attachment));
}

}  // namespace isolates
