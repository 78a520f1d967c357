#include "value/store.h"

#include <algorithm>
#include <functional>
#include <iterator>

#include "base/check.h"
#include "value/bigint.h"
#include "value/equals.h"

namespace isolates {

namespace {

// About what a key takes beside its text and its value: the node of the map, its bucket, its number.
constexpr int64_t kEntryOverhead = 96;

using Registry = Guarded<std::unordered_map<std::string, std::weak_ptr<Store>>>;

Registry& NamedStores() {
  static auto& stores = *new Registry;
  return stores;
}

void KeepLastOfEachKey(std::vector<Store::Write>* writes) {
  std::ranges::stable_sort(*writes, {}, &Store::Write::key);
  auto kept = writes->begin();
  for (auto write = writes->begin(); write != writes->end(); ++write) {
    const auto next = std::next(write);
    if (next != writes->end() && next->key == write->key) continue;
    if (kept != write) *kept = std::move(*write);
    ++kept;
  }
  writes->erase(kept, writes->end());
}

}  // namespace

std::shared_ptr<Store> Store::Named(const std::string& name, uint64_t max_bytes) {
  // Outside of the lock: the end of a store takes it.
  std::shared_ptr<Store> made(new Store(name, max_bytes));
  auto stores = NamedStores().Acquire();
  std::weak_ptr<Store>& known = (*stores)[name];
  std::shared_ptr<Store> store = known.lock();
  if (store != nullptr) {
    stores.native().unlock();
    return store;
  }
  known = made;
  return made;
}

std::shared_ptr<Store> Store::Anonymous(uint64_t max_bytes) {
  return std::shared_ptr<Store>(new Store(std::string(), max_bytes));
}

Store::~Store() {
  auto stores = NamedStores().Acquire();
  const auto known = stores->find(name_);
  // Another one may have come to the name by now.
  if (known != stores->end() && known->second.expired()) stores->erase(known);
}

int64_t Store::CostOf(std::string_view key, const Value& value) {
  // A weight is without bound where values hold themselves many times over; sums of costs are not to overflow.
  constexpr uint64_t kMost = uint64_t{1} << 48;
  return static_cast<int64_t>(std::min(value.weight(), kMost)) + static_cast<int64_t>(key.size()) + kEntryOverhead;
}

bool Store::Account(int64_t difference, uint64_t* bytes) {
  // Not added and taken back: another writer would see, and be refused for, what is refused here.
  int64_t before = bytes_.load(std::memory_order_relaxed);
  do {
    const int64_t now = before + difference;
    if (max_bytes_ != 0 && difference > 0 && static_cast<uint64_t>(now) > max_bytes_) {
      *bytes = static_cast<uint64_t>(now);
      return false;
    }
  } while (!bytes_.compare_exchange_weak(before, before + difference, std::memory_order_relaxed));
  return true;
}

Store::Found Store::Describe(const Part& part, size_t number, const Entry& entry) {
  const Data& data = entry.data;
  const auto chunk = static_cast<uint32_t>(data.slot.chunk * kParts + number);
  return {data.value, data.version, {chunk, data.slot.index, part.numbers.Number(data.slot)}};
}

std::shared_ptr<const VersionChunk> Store::Chunk(uint32_t id) {
  return parts_[id % kParts].Acquire()->numbers.chunk(id / kParts);
}

void Store::TellWatchers(Part* part, std::string_view key, Settlements* settlements) {
  if (part->watched.empty()) return;
  const auto found = part->watched.find(std::string(key));
  if (found == part->watched.end()) return;
  while (WaitPlace* place = found->second.ClaimFirst(settlements)) Decide(place->wait, Outcome::kDone);
  part->watched.erase(found);
}

uint64_t Store::PutAccounted(Part* part, const Key& key, Entry* entry, Value value, Replaced* replaced,
                             Settlements* settlements) {
  const uint64_t version = ++part->clock;
  if (entry == nullptr) {
    part->entries.Add(key.text, key.hash, {std::move(value), version, part->numbers.Take()});
    keys_.fetch_add(1, std::memory_order_relaxed);
  } else {
    Data& data = entry->data;
    replaced->Keep(std::exchange(data.value, std::move(value)));
    data.version = version;
    part->numbers.Bump(data.slot);
  }
  TellWatchers(part, key.text, settlements);
  return version;
}

StoreResult Store::Put(Part* part, const Key& key, Entry* entry, Value value, Replaced* replaced,
                       Settlements* settlements) {
  const int64_t before = entry == nullptr ? 0 : CostOf(key.text, entry->data.value);
  StoreResult result{StoreStatus::kTooBig};
  if (!Account(CostOf(key.text, value) - before, &result.bytes)) {
    replaced->Keep(std::move(value));
    return result;
  }
  return {StoreStatus::kDone, PutAccounted(part, key, entry, std::move(value), replaced, settlements)};
}

void Store::Erase(Part* part, Entry* entry, Replaced* replaced, Settlements* settlements) {
  uint64_t unused;
  Account(-CostOf(entry->key, entry->data.value), &unused);
  part->numbers.Free(entry->data.slot);
  ++part->clock;
  Entry removed = part->entries.Remove(entry);
  replaced->Keep(std::move(removed.data.value));
  keys_.fetch_sub(1, std::memory_order_relaxed);
  TellWatchers(part, removed.key, settlements);
}

std::optional<Store::Found> Store::Get(std::string_view text) {
  const Key key(text);
  auto part = parts_[key.part()].Acquire();
  const Entry* entry = part->entries.Find(key.text, key.hash);
  if (entry == nullptr) return std::nullopt;
  return Describe(*part, key.part(), *entry);
}

bool Store::Has(std::string_view text) {
  const Key key(text);
  return parts_[key.part()].Acquire()->entries.Find(key.text, key.hash) != nullptr;
}

StoreResult Store::Set(std::string_view text, Value value) {
  const Key key(text);
  Replaced replaced;
  Settlements settlements;
  auto part = parts_[key.part()].Acquire();
  return Put(&*part, key, part->entries.Find(key.text, key.hash), std::move(value), &replaced, &settlements);
}

bool Store::Delete(std::string_view text) {
  const Key key(text);
  Replaced replaced;
  Settlements settlements;
  auto part = parts_[key.part()].Acquire();
  Entry* entry = part->entries.Find(key.text, key.hash);
  if (entry == nullptr) return false;
  Erase(&*part, entry, &replaced, &settlements);
  return true;
}

std::vector<Store::GuardedPart::Lock> Store::AcquireAll() {
  std::vector<GuardedPart::Lock> locks;
  locks.reserve(kParts);
  for (GuardedPart& part : parts_) locks.emplace_back(part);
  return locks;
}

void Store::Clear() {
  Replaced replaced;
  Settlements settlements;
  for (auto locks = AcquireAll(); auto& part : locks) {
    while (Entry* entry = part->entries.last()) Erase(&*part, entry, &replaced, &settlements);
  }
}

StoreResult Store::PutIfAbsent(std::string_view text, Value value, std::optional<Found>* present) {
  // Nothing of the caller's is destroyed under the lock.
  present->reset();
  const Key key(text);
  Replaced replaced;
  Settlements settlements;
  auto part = parts_[key.part()].Acquire();
  Entry* entry = part->entries.Find(key.text, key.hash);
  if (entry == nullptr) return Put(&*part, key, nullptr, std::move(value), &replaced, &settlements);
  *present = Describe(*part, key.part(), *entry);
  return {StoreStatus::kPresent, entry->data.version};
}

StoreResult Store::SetIfVersion(std::string_view text, uint64_t version, Value value) {
  const Key key(text);
  Replaced replaced;
  Settlements settlements;
  auto part = parts_[key.part()].Acquire();
  Entry* entry = part->entries.Find(key.text, key.hash);
  if (VersionOf(entry) == version) return Put(&*part, key, entry, std::move(value), &replaced, &settlements);
  replaced.Keep(std::move(value));
  return {StoreStatus::kChanged};
}

StoreResult Store::CompareAndSet(std::string_view key, const Value* expected, Value value) {
  // Compared outside of the lock, so that a large value holds nobody up.
  for (;;) {
    const std::optional<Found> found = Get(key);
    if (found.has_value() != (expected != nullptr)) return {StoreStatus::kChanged};
    if (found.has_value() && !Equals(found->value, *expected)) return {StoreStatus::kChanged};
    const StoreResult result = SetIfVersion(key, found.has_value() ? found->version : 0, value);
    if (result.status != StoreStatus::kChanged) return result;
  }
}

StoreResult Store::Add(std::string_view text, const Value& amount, Value* sum) {
  *sum = Value();
  if (amount.kind() == ValueKind::kNumber) {
    const Key key(text);
    Replaced replaced;
    Settlements settlements;
    auto part = parts_[key.part()].Acquire();
    Entry* entry = part->entries.Find(key.text, key.hash);
    if (entry != nullptr && entry->data.value.kind() != ValueKind::kNumber) return {StoreStatus::kWrongKind};
    const Value next = entry == nullptr ? amount : Value::Number(entry->data.value.number() + amount.number());
    const StoreResult result = Put(&*part, key, entry, next, &replaced, &settlements);
    if (result.status == StoreStatus::kDone) *sum = next;
    return result;
  }
  if (amount.kind() != ValueKind::kBigInt) return {StoreStatus::kWrongKind};
  for (;;) {
    const std::optional<Found> found = Get(text);
    if (found.has_value() && found->value.kind() != ValueKind::kBigInt) return {StoreStatus::kWrongKind};
    const Value next = found.has_value() ? AddBigInts(found->value, amount) : amount;
    const StoreResult result = SetIfVersion(text, found.has_value() ? found->version : 0, next);
    if (result.status == StoreStatus::kDone) *sum = next;
    if (result.status != StoreStatus::kChanged) return result;
  }
}

StoreResult Store::Commit(std::span<const Read> reads, std::vector<Write> writes) {
  KeepLastOfEachKey(&writes);
  std::vector<Key> read_keys;
  std::vector<Key> write_keys;
  std::array<Part*, kParts> parts{};
  std::array<bool, kParts> wanted{};
  for (const Read& read : reads) wanted[read_keys.emplace_back(read.key).part()] = true;
  for (const Write& write : writes) wanted[write_keys.emplace_back(write.key).part()] = true;
  const auto find = [&parts](const Key& key) { return parts[key.part()]->entries.Find(key.text, key.hash); };

  Replaced replaced;
  Settlements settlements;
  std::vector<GuardedPart::Lock> locks;
  locks.reserve(kParts);
  for (size_t i = 0; i < kParts; ++i) {
    if (wanted[i]) parts[i] = &*locks.emplace_back(parts_[i]);
  }
  for (size_t i = 0; i < reads.size(); ++i) {
    if (VersionOf(find(read_keys[i])) != reads[i].version) return {StoreStatus::kChanged};
  }
  int64_t difference = 0;
  for (size_t i = 0; i < writes.size(); ++i) {
    if (const Entry* entry = find(write_keys[i])) difference -= CostOf(entry->key, entry->data.value);
    if (writes[i].value.has_value()) difference += CostOf(writes[i].key, *writes[i].value);
  }
  StoreResult result{StoreStatus::kTooBig};
  if (!Account(difference, &result.bytes)) return result;
  for (size_t i = 0; i < writes.size(); ++i) {
    Part* part = parts[write_keys[i].part()];
    Entry* entry = find(write_keys[i]);
    if (writes[i].value.has_value()) {
      PutAccounted(part, write_keys[i], entry, std::move(*writes[i].value), &replaced, &settlements);
    } else if (entry != nullptr) {
      // Erase accounts for its bytes once more.
      bytes_.fetch_add(CostOf(entry->key, entry->data.value), std::memory_order_relaxed);
      Erase(part, entry, &replaced, &settlements);
    }
  }
  return {StoreStatus::kDone};
}

std::vector<std::string> Store::Keys() {
  std::vector<std::string> keys;
  keys.reserve(keys_.load(std::memory_order_relaxed));
  for (GuardedPart& guarded : parts_) {
    auto part = guarded.Acquire();
    for (const Entry& entry : part->entries) keys.push_back(entry.key);
  }
  return keys;
}

std::vector<Store::Pair> Store::Snapshot() {
  std::vector<Pair> pairs;
  // What is allocated here is not under the locks.
  pairs.reserve(keys_.load(std::memory_order_relaxed));
  const auto locks = AcquireAll();
  for (const auto& part : locks) {
    for (const Entry& entry : part->entries) pairs.push_back({entry.key, entry.data.value, entry.data.version});
  }
  return pairs;
}

Store::Watched Store::Watch(const std::shared_ptr<Watching>& watching) {
  WaitPlace* place = Prepare(watching.get(), shared_from_this());
  const Key key(watching->key_);
  auto part = parts_[key.part()].Acquire();
  if (VersionOf(part->entries.Find(key.text, key.hash)) == watching->seen_) {
    part->watched[watching->key_].Append(place);
    return Watched::kWaiting;
  }
  EndAtOnce(watching.get(), Outcome::kDone);
  return Watched::kChanged;
}

StoreUsage Store::Usage() const {
  return {keys_.load(std::memory_order_relaxed), static_cast<uint64_t>(bytes_.load(std::memory_order_relaxed)),
          max_bytes_};
}

void Store::Withdraw(WaitPlace* place) {
  const std::string& key = static_cast<Watching*>(place->wait)->key_;
  auto part = parts_[Key(key).part()].Acquire();
  if (place->line == nullptr) return;
  WaitLine::Remove(place);
  const auto found = part->watched.find(key);
  if (found->second.empty()) part->watched.erase(found);
}

}  // namespace isolates
