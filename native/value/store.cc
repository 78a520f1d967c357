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

Store::Found Store::Describe(const Part& part, size_t number, const Entry& entry) const {
  const auto chunk = static_cast<uint32_t>(entry.slot.chunk * kParts + number);
  return {entry.value, entry.version, {chunk, entry.slot.index, part.numbers.Number(entry.slot)}};
}

std::shared_ptr<const VersionChunk> Store::Chunk(uint32_t id) {
  return parts_[id % kParts].Acquire()->numbers.chunk(id / kParts);
}

void Store::TellWatchers(Part* part, std::string_view key, Settlements* settlements) {
  if (part->watched.empty()) return;
  const auto found = part->watched.find(key);
  if (found == part->watched.end()) return;
  while (WaitPlace* place = found->second.ClaimFirst(settlements)) Decide(place->wait, Outcome::kDone);
  part->watched.erase(found);
}

uint64_t Store::PutAccounted(Part* part, std::string_view key, Value value, Replaced* replaced,
                             Settlements* settlements) {
  const uint64_t version = ++part->clock;
  const auto found = part->entries.find(key);
  if (found == part->entries.end()) {
    part->entries.emplace(key, Entry{std::move(value), version, part->numbers.Take()});
    keys_.fetch_add(1, std::memory_order_relaxed);
  } else {
    Entry& entry = found->second;
    replaced->push_back(std::exchange(entry.value, std::move(value)));
    entry.version = version;
    part->numbers.Bump(entry.slot);
  }
  TellWatchers(part, key, settlements);
  return version;
}

StoreResult Store::Put(Part* part, std::string_view key, Value value, Replaced* replaced, Settlements* settlements) {
  const auto found = part->entries.find(key);
  const int64_t before = found == part->entries.end() ? 0 : CostOf(key, found->second.value);
  StoreResult result{StoreStatus::kTooBig};
  if (!Account(CostOf(key, value) - before, &result.bytes)) {
    replaced->push_back(std::move(value));
    return result;
  }
  return {StoreStatus::kDone, PutAccounted(part, key, std::move(value), replaced, settlements)};
}

void Store::Erase(Part* part, Entries::iterator entry, Replaced* replaced, Settlements* settlements) {
  uint64_t unused;
  Account(-CostOf(entry->first, entry->second.value), &unused);
  replaced->push_back(std::move(entry->second.value));
  part->numbers.Free(entry->second.slot);
  ++part->clock;
  const Entries::node_type node = part->entries.extract(entry);
  keys_.fetch_sub(1, std::memory_order_relaxed);
  TellWatchers(part, node.key(), settlements);
}

std::optional<Store::Found> Store::Get(std::string_view key) {
  const size_t number = PartOf(key);
  auto part = parts_[number].Acquire();
  const auto found = part->entries.find(key);
  if (found == part->entries.end()) return std::nullopt;
  return Describe(*part, number, found->second);
}

bool Store::Has(std::string_view key) { return parts_[PartOf(key)].Acquire()->entries.contains(key); }

StoreResult Store::Set(std::string_view key, Value value) {
  Replaced replaced;
  Settlements settlements;
  auto part = parts_[PartOf(key)].Acquire();
  return Put(&*part, key, std::move(value), &replaced, &settlements);
}

bool Store::Delete(std::string_view key) {
  Replaced replaced;
  Settlements settlements;
  auto part = parts_[PartOf(key)].Acquire();
  const auto found = part->entries.find(key);
  if (found == part->entries.end()) return false;
  Erase(&*part, found, &replaced, &settlements);
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
    while (!part->entries.empty()) Erase(&*part, part->entries.begin(), &replaced, &settlements);
  }
}

StoreResult Store::PutIfAbsent(std::string_view key, Value value, std::optional<Found>* present) {
  Replaced replaced;
  Settlements settlements;
  const size_t number = PartOf(key);
  auto part = parts_[number].Acquire();
  const auto found = part->entries.find(key);
  if (found == part->entries.end()) return Put(&*part, key, std::move(value), &replaced, &settlements);
  *present = Describe(*part, number, found->second);
  return {StoreStatus::kPresent, found->second.version};
}

StoreResult Store::SetIfVersion(std::string_view key, uint64_t version, Value value) {
  Replaced replaced;
  Settlements settlements;
  auto part = parts_[PartOf(key)].Acquire();
  const auto found = part->entries.find(key);
  if ((found == part->entries.end() ? 0 : found->second.version) != version) {
    replaced.push_back(std::move(value));
    return {StoreStatus::kChanged};
  }
  return Put(&*part, key, std::move(value), &replaced, &settlements);
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

StoreResult Store::Add(std::string_view key, const Value& amount, Value* sum) {
  if (amount.kind() != ValueKind::kNumber && amount.kind() != ValueKind::kBigInt) return {StoreStatus::kWrongKind};
  if (amount.kind() == ValueKind::kNumber) {
    Replaced replaced;
    Settlements settlements;
    auto part = parts_[PartOf(key)].Acquire();
    const auto found = part->entries.find(key);
    if (found == part->entries.end()) {
      *sum = amount;
    } else {
      if (found->second.value.kind() != ValueKind::kNumber) return {StoreStatus::kWrongKind};
      *sum = Value::Number(found->second.value.number() + amount.number());
    }
    return Put(&*part, key, *sum, &replaced, &settlements);
  }
  for (;;) {
    const std::optional<Found> found = Get(key);
    if (found.has_value() && found->value.kind() != ValueKind::kBigInt) return {StoreStatus::kWrongKind};
    *sum = found.has_value() ? AddBigInts(found->value, amount) : amount;
    const StoreResult result = SetIfVersion(key, found.has_value() ? found->version : 0, *sum);
    if (result.status != StoreStatus::kChanged) return result;
  }
}

StoreResult Store::Commit(std::span<const Read> reads, std::vector<Write> writes) {
  KeepLastOfEachKey(&writes);
  std::array<bool, kParts> wanted{};
  for (const Read& read : reads) wanted[PartOf(read.key)] = true;
  for (const Write& write : writes) wanted[PartOf(write.key)] = true;
  Replaced replaced;
  Settlements settlements;
  std::vector<GuardedPart::Lock> locks;
  locks.reserve(kParts);
  std::array<Part*, kParts> parts{};
  for (size_t i = 0; i < kParts; ++i) {
    if (!wanted[i]) continue;
    locks.emplace_back(parts_[i]);
    parts[i] = &*locks.back();
  }
  for (const Read& read : reads) {
    const Entries& entries = parts[PartOf(read.key)]->entries;
    const auto found = entries.find(read.key);
    if ((found == entries.end() ? 0 : found->second.version) != read.version) return {StoreStatus::kChanged};
  }
  int64_t difference = 0;
  for (const Write& write : writes) {
    const Entries& entries = parts[PartOf(write.key)]->entries;
    const auto found = entries.find(write.key);
    if (found != entries.end()) difference -= CostOf(write.key, found->second.value);
    if (write.value.has_value()) difference += CostOf(write.key, *write.value);
  }
  StoreResult result{StoreStatus::kTooBig};
  if (!Account(difference, &result.bytes)) return result;
  for (Write& write : writes) {
    Part* part = parts[PartOf(write.key)];
    if (write.value.has_value()) {
      PutAccounted(part, write.key, std::move(*write.value), &replaced, &settlements);
      continue;
    }
    const auto found = part->entries.find(write.key);
    if (found == part->entries.end()) continue;
    // Its bytes have been accounted for already.
    bytes_.fetch_add(CostOf(write.key, found->second.value), std::memory_order_relaxed);
    Erase(part, found, &replaced, &settlements);
  }
  return {StoreStatus::kDone};
}

std::vector<std::string> Store::Keys() {
  std::vector<std::string> keys;
  for (GuardedPart& guarded : parts_) {
    auto part = guarded.Acquire();
    for (const auto& [key, entry] : part->entries) keys.push_back(key);
  }
  return keys;
}

std::vector<Store::Pair> Store::Snapshot() {
  std::vector<Pair> pairs;
  const auto locks = AcquireAll();
  pairs.reserve(keys_.load(std::memory_order_relaxed));
  for (const auto& part : locks) {
    for (const auto& [key, entry] : part->entries) pairs.push_back({key, entry.value, entry.version});
  }
  return pairs;
}

Store::Watched Store::Watch(const std::shared_ptr<Watching>& watching) {
  WaitPlace* place = Prepare(watching.get(), shared_from_this());
  auto part = parts_[PartOf(watching->key_)].Acquire();
  const auto found = part->entries.find(watching->key_);
  if ((found == part->entries.end() ? 0 : found->second.version) == watching->seen_) {
    part->watched[watching->key_].Append(place);
    return Watched::kWaiting;
  }
  ISOLATES_CHECK(Claim(watching.get()));
  Decide(watching.get(), Outcome::kDone);
  return Watched::kChanged;
}

StoreUsage Store::Usage() const {
  return {keys_.load(std::memory_order_relaxed), static_cast<uint64_t>(bytes_.load(std::memory_order_relaxed)),
          max_bytes_};
}

void Store::Withdraw(WaitPlace* place) {
  const std::string& key = static_cast<Watching*>(place->wait)->key_;
  auto part = parts_[PartOf(key)].Acquire();
  if (place->line == nullptr) return;
  WaitLine::Remove(place);
  const auto found = part->watched.find(key);
  if (found->second.empty()) part->watched.erase(found);
}

}  // namespace isolates
