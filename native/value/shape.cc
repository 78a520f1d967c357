#include "value/shape.h"

#include <array>
#include <bit>
#include <unordered_map>

#include "base/check.h"
#include "base/guarded.h"
#include "sync/adaptive_mutex.h"

namespace isolates {

namespace {

uint64_t Combine(uint64_t hash, Text key) { return std::rotl(hash, 5) * 0x9e3779b97f4a7c15u ^ key.Hash(); }

uint64_t NextId() {
  static std::atomic<uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

uint32_t TagOf(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

}  // namespace

// The shapes there are. It counts none of them: one whose count has come to zero is passed over until it is gone.
class Shape::Table {
 public:
  static Table& Instance() {
    static auto& table = *new Table;
    return table;
  }

  const Shape* Find(uint64_t hash, std::span<const Text> keys) {
    auto shapes = PartOf(hash).Acquire();
    const auto [first, last] = shapes->equal_range(hash);
    for (auto at = first; at != last; ++at) {
      if (at->second->HasKeys(keys) && at->second->TryRetain()) return at->second;
    }
    return nullptr;
  }

  // The one that is there already, if another thread was quicker.
  const Shape* Add(const Shape* shape, std::span<const Text> keys) {
    auto shapes = PartOf(shape->hash_).Acquire();
    const auto [first, last] = shapes->equal_range(shape->hash_);
    for (auto at = first; at != last; ++at) {
      if (at->second->HasKeys(keys) && at->second->TryRetain()) return at->second;
    }
    shapes->emplace(shape->hash_, shape);
    return shape;
  }

  void Remove(const Shape* shape) {
    auto shapes = PartOf(shape->hash_).Acquire();
    const auto [first, last] = shapes->equal_range(shape->hash_);
    for (auto at = first; at != last; ++at) {
      if (at->second == shape) {
        shapes->erase(at);
        return;
      }
    }
  }

 private:
  static constexpr size_t kParts = 16;
  using Shapes = std::unordered_multimap<uint64_t, const Shape*>;

  Guarded<Shapes, AdaptiveMutex>& PartOf(uint64_t hash) { return parts_[hash >> 60]; }

  std::array<Guarded<Shapes, AdaptiveMutex>, kParts> parts_;
};

Shape::Shape(std::vector<Value> keys, uint64_t hash) : id_(NextId()), hash_(hash), keys_(std::move(keys)) {
  if (keys_.size() <= kCompared) return;
  index_.resize(std::bit_ceil(keys_.size() * 2));
  const size_t mask = index_.size() - 1;
  for (size_t i = 0; i < keys_.size(); ++i) {
    const uint64_t key_hash = keys_[i].text().Hash();
    size_t bucket = key_hash & mask;
    while (index_[bucket].place != 0) bucket = (bucket + 1) & mask;
    index_[bucket] = {TagOf(key_hash), static_cast<uint32_t>(i + 1)};
  }
}

size_t Shape::Find(Text key) const {
  if (index_.empty()) {
    for (size_t i = 0; i < keys_.size(); ++i) {
      if (keys_[i].text() == key) return i;
    }
    return kNotFound;
  }
  const uint64_t hash = key.Hash();
  const size_t mask = index_.size() - 1;
  for (size_t bucket = hash & mask; index_[bucket].place != 0; bucket = (bucket + 1) & mask) {
    const size_t place = index_[bucket].place - 1;
    if (index_[bucket].tag == TagOf(hash) && keys_[place].text() == key) return place;
  }
  return kNotFound;
}

bool Shape::HasKeys(std::span<const Text> keys) const {
  if (keys.size() != keys_.size()) return false;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!(keys_[i].text() == keys[i])) return false;
  }
  return true;
}

bool Shape::TryRetain() const {
  uint64_t refs = refs_.load(std::memory_order_relaxed);
  while (refs != 0) {
    if (refs_.compare_exchange_weak(refs, refs + 1, std::memory_order_relaxed)) return true;
  }
  return false;
}

void Shape::Release() const {
  if (refs_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (keys_.size() <= kInterned) Table::Instance().Remove(this);
  delete this;
}

ShapeRef Shape::Of(std::span<const Text> keys) {
  uint64_t hash = keys.size();
  if (keys.size() <= kInterned) {
    for (const Text& key : keys) hash = Combine(hash, key);
    if (const Shape* shape = Table::Instance().Find(hash, keys)) return ShapeRef::Adopt(shape);
  }
  std::vector<Value> own;
  own.reserve(keys.size());
  for (const Text& key : keys) own.push_back(Value::String(key));
  const auto* shape = new Shape(std::move(own), hash);
  if (keys.size() > kInterned) return ShapeRef::Adopt(shape);
  const Shape* there = Table::Instance().Add(shape, keys);
  if (there != shape) delete shape;
  return ShapeRef::Adopt(there);
}

ShapeRef Shape::Of(std::vector<Value> keys) {
  if (keys.size() > kInterned) return ShapeRef::Adopt(new Shape(std::move(keys), 0));
  std::vector<Text> texts;
  for (const Value& key : keys) texts.push_back(key.text());
  return Of(texts);
}

ShapeRef Shape::With(Text key) const {
  std::vector<Value> keys;
  keys.reserve(keys_.size() + 1);
  keys = keys_;
  keys.push_back(Value::String(key));
  return Of(std::move(keys));
}

ShapeRef Shape::Without(size_t i) const {
  ISOLATES_CHECK(i < keys_.size());
  std::vector<Value> keys = keys_;
  keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(i));
  return Of(std::move(keys));
}

uint64_t Shape::own_weight() const {
  if (keys_.size() <= kInterned) return 0;
  uint64_t weight = sizeof(Shape) + keys_.size() * sizeof(Value) + index_.size() * sizeof(Bucket);
  for (const Value& key : keys_) weight += key.weight();
  return weight;
}

}  // namespace isolates
