#ifndef ISOLATES_VALUE_KEY_TABLE_H_
#define ISOLATES_VALUE_KEY_TABLE_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isolates {

// Data by key. A lookup touches one bucket and, when its tag is right, one entry; the entries lie side by side, so that
// walking over all of them is quick. Both matter where a table is larger than the caches and a lock is held meanwhile,
// which is where std::unordered_map is slow.
//
// Threads: under the lock of what it belongs to.
// Lifetime: a pointer to an entry is good until the next Add or Remove.
template <class Data>
class KeyTable {
 public:
  struct Entry {
    std::string key;
    uint64_t hash;
    Data data;
  };

  size_t size() const { return entries_.size(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  Entry* last() { return entries_.empty() ? nullptr : &entries_.back(); }

  // Null when there is none.
  Entry* Find(std::string_view key, uint64_t hash) {
    if (buckets_.empty()) return nullptr;
    for (size_t at = hash & Mask(); buckets_[at].place != 0; at = Next(at)) {
      if (buckets_[at].tag != TagOf(hash)) continue;
      Entry& entry = entries_[buckets_[at].place - 1];
      if (entry.key == key) return &entry;
    }
    return nullptr;
  }

  // The key must not be there.
  Entry* Add(std::string_view key, uint64_t hash, Data data) {
    if ((entries_.size() + 1) * 2 > buckets_.size()) Grow();
    entries_.push_back({std::string(key), hash, std::move(data)});
    Place(hash, entries_.size());
    return &entries_.back();
  }

  // Takes the entry out; the last one takes its place.
  Entry Remove(Entry* entry) {
    const size_t hole = BucketOf(*entry);
    if (entry != &entries_.back()) {
      buckets_[BucketOf(entries_.back())].place = buckets_[hole].place;
      std::swap(*entry, entries_.back());
    }
    Empty(hole);
    Entry removed = std::move(entries_.back());
    entries_.pop_back();
    return removed;
  }

 private:
  // Part of the hash that the bucket's place says nothing about, and the number of the entry, from 1.
  struct Bucket {
    uint32_t tag = 0;
    uint32_t place = 0;
  };

  static uint32_t TagOf(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }
  size_t Mask() const { return buckets_.size() - 1; }
  size_t Next(size_t at) const { return (at + 1) & Mask(); }

  void Place(uint64_t hash, size_t place) {
    size_t at = hash & Mask();
    while (buckets_[at].place != 0) at = Next(at);
    buckets_[at] = {TagOf(hash), static_cast<uint32_t>(place)};
  }

  size_t BucketOf(const Entry& entry) const {
    size_t at = entry.hash & Mask();
    while (&entries_[buckets_[at].place - 1] != &entry) at = Next(at);
    return at;
  }

  void Grow() {
    buckets_.assign(buckets_.empty() ? 8 : buckets_.size() * 2, Bucket());
    for (size_t i = 0; i < entries_.size(); ++i) Place(entries_[i].hash, i + 1);
  }

  // Moves up what stands behind a hole and would not be found across it.
  void Empty(size_t hole) {
    for (size_t at = Next(hole); buckets_[at].place != 0; at = Next(at)) {
      const size_t home = entries_[buckets_[at].place - 1].hash & Mask();
      if (((at - home) & Mask()) < ((at - hole) & Mask())) continue;
      buckets_[hole] = buckets_[at];
      hole = at;
    }
    buckets_[hole] = Bucket();
  }

  std::deque<Entry> entries_;
  std::vector<Bucket> buckets_;
};

}  // namespace isolates

#endif  // ISOLATES_VALUE_KEY_TABLE_H_
