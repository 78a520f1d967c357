#ifndef ISOLATES_SYNC_CHANNEL_QUEUE_H_
#define ISOLATES_SYNC_CHANNEL_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <utility>
#include <vector>

namespace isolates {

template <class Item>
class ChannelSending;

// An item on its way out of a channel. `sender` is what the sender called itself; 0 is nobody.
template <class Item>
struct ChannelItem {
  Item item;
  uint64_t sender;
  size_t cost;
  uint64_t sequence;  // its place among all items of the channel
};

// The items in a channel, in the order of their sequence numbers.
//
// A list, because items leave from its middle as well; its nodes are used again, so that a conversation does not
// allocate. What arrives in bulk stays as it came until somebody needs it in the list: mostly it is taken one by one.
//
// Threads: under the channel's lock.
// Owns: the items.
template <class Item>
class ChannelQueue {
 public:
  struct Entry {
    std::optional<Item> item;
    uint64_t sender = 0;
    size_t cost = 0;
    uint64_t sequence = 0;
    ChannelSending<Item>* sending = nullptr;  // who waits until it is received
  };
  using List = std::list<Entry>;
  using Iterator = typename List::iterator;
  using Bulk = std::vector<ChannelItem<Item>>;

  bool empty() const { return entries_.empty() && in_bulk_ == 0; }
  size_t size() const { return entries_.size() + in_bulk_; }
  size_t bytes() const { return bytes_; }
  // Grows whenever an item comes or goes.
  uint64_t changes() const { return changes_; }
  Iterator begin() {
    Spread();
    return entries_.begin();
  }
  Iterator end() { return entries_.end(); }

  Iterator Append(ChannelItem<Item>&& from) {
    Spread();
    return Put(entries_.end(), std::move(from));
  }

  // The items, which take `bytes`, to the end. Leaves an empty list, which may bring room for the next ones.
  void AppendBulk(Bulk* items, size_t bytes) {
    ++changes_;
    bytes_ += bytes;
    in_bulk_ += items->size();
    bulks_.push_back(std::move(*items));
    *items = std::exchange(spare_bulk_, {});
  }

  // The first, when it came in bulk; nobody waits for those to be received.
  std::optional<ChannelItem<Item>> TakeFromBulk() {
    if (in_bulk_ == 0 || !entries_.empty()) return std::nullopt;
    std::optional<ChannelItem<Item>> taken(NextInBulk());
    ++changes_;
    bytes_ -= taken->cost;
    return taken;
  }

  // To where it was: in front of all that was sent later.
  void Reinsert(ChannelItem<Item>&& from) {
    Iterator before = entries_.begin();
    while (before != entries_.end() && before->sequence < from.sequence) ++before;
    Put(before, std::move(from));
  }

  // The entry's item must have been moved out; the moved-from rest is destroyed.
  void Remove(Iterator entry) {
    ++changes_;
    bytes_ -= entry->cost;
    if (spare_.size() == kSpareNodes) {
      entries_.erase(entry);
      return;
    }
    entry->item.reset();
    entry->sending = nullptr;
    // In front: the node used last is the one that is still in the cache.
    spare_.splice(spare_.begin(), entries_, entry);
  }

  // Moves an entry with its item to the end of `list`.
  void MoveTo(List* list, Iterator entry) {
    ++changes_;
    bytes_ -= entry->cost;
    list->splice(list->end(), entries_, entry);
  }
  void MoveAllTo(List* list) {
    Spread();
    ++changes_;
    bytes_ = 0;
    list->splice(list->end(), entries_);
    spare_.clear();
  }

 private:
  static constexpr size_t kSpareNodes = 256;

  ChannelItem<Item> NextInBulk() {
    Bulk& first = bulks_.front();
    ChannelItem<Item> next = std::move(first[next_++]);
    --in_bulk_;
    if (next_ == first.size()) {
      next_ = 0;
      first.clear();
      spare_bulk_ = std::move(first);
      bulks_.pop_front();
    }
    return next;
  }

  void Spread() {
    while (in_bulk_ != 0) {
      ChannelItem<Item> next = NextInBulk();
      bytes_ -= next.cost;
      Put(entries_.end(), std::move(next));
    }
  }

  Iterator Put(Iterator before, ChannelItem<Item>&& from) {
    ++changes_;
    Iterator entry;
    if (spare_.empty()) {
      entry = entries_.emplace(before);
    } else {
      entry = spare_.begin();
      entries_.splice(before, spare_, entry);
    }
    entry->item.emplace(std::move(from.item));
    entry->sender = from.sender;
    entry->cost = from.cost;
    entry->sequence = from.sequence;
    bytes_ += from.cost;
    return entry;
  }

  List entries_;
  List spare_;
  // Behind the entries; of the first list what stands from next_ on.
  std::list<Bulk> bulks_;
  size_t next_ = 0;
  size_t in_bulk_ = 0;
  Bulk spare_bulk_;
  size_t bytes_ = 0;
  uint64_t changes_ = 0;
};

}  // namespace isolates

#endif  // ISOLATES_SYNC_CHANNEL_QUEUE_H_
