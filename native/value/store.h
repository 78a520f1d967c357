#ifndef ISOLATES_VALUE_STORE_H_
#define ISOLATES_VALUE_STORE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "sync/adaptive_mutex.h"
#include "sync/wait.h"
#include "value/key_table.h"
#include "value/text.h"
#include "value/value.h"
#include "value/version_table.h"

namespace isolates {

enum class StoreStatus : uint8_t {
  kDone,
  kPresent,    // PutIfAbsent: the key is there
  kChanged,    // something is not as it was expected to be; nothing was done
  kTooBig,     // it would go beyond max_bytes; nothing was done
  kWrongKind,  // Add: these two cannot be added
};

struct StoreResult {
  StoreStatus status;
  uint64_t version = 0;  // of the key, when it was written
  uint64_t bytes = 0;    // kTooBig: what the store would have held
};

struct StoreUsage {
  size_t keys;
  uint64_t bytes;      // of keys, values and what is kept beside them
  uint64_t max_bytes;  // 0: no limit
};

// Values by key, for all isolates and threads of the process.
//
// Every write gives the key a version higher than any it had, also after it was gone for a time; an absent key has
// version 0. Beside that, each key that is there has a number in a table of atomics: see VersionTable.
//
// Threads: any. A lock is held for a lookup and a count, never while a value is built, compared or freed. Commit, Clear
// and Snapshot alone take more than one: they are promised to happen at one moment for all keys, and without all locks
// a reader could see the first part after and the last before it. Always in the order of the parts, so that no two can
// wait for each other, and held for as long as they have keys; nothing is called or freed meanwhile.
// Owns: keys, values, the table of numbers (with those who mapped it). Not the waits: see Wait.
// Lifetime: shared_ptr; the registry of names keeps none.
class Store final : public WaitTarget, public std::enable_shared_from_this<Store> {
 public:
  // Where a key's number is. It is current as long as that reads `number`.
  struct Current {
    uint32_t chunk;
    uint32_t index;
    uint32_t number;
  };
  struct Found {
    Value value;
    uint64_t version;
    Current current;
  };
  struct Pair {
    std::string key;
    Value value;
    uint64_t version;
  };
  struct Read {
    std::string key;
    uint64_t version;
  };
  struct Write {
    std::string key;
    std::optional<Value> value;  // none: delete
  };
  class Watching;

  // The store of this name, which all who ask for it share while any has it; only the first one's limit counts.
  static std::shared_ptr<Store> Named(const std::string& name, uint64_t max_bytes);
  static std::shared_ptr<Store> Anonymous(uint64_t max_bytes);
  ~Store();

  std::optional<Found> Get(std::string_view key);
  bool Has(std::string_view key);
  StoreResult Set(std::string_view key, Value value);
  // False when it was not there.
  bool Delete(std::string_view key);
  void Clear();

  // kPresent leaves what is there in `present`.
  StoreResult PutIfAbsent(std::string_view key, Value value, std::optional<Found>* present);
  // Writes if the key has this version, 0 being absent.
  StoreResult SetIfVersion(std::string_view key, uint64_t version, Value value);
  // Writes if the value equals this one; null stands for an absent key.
  StoreResult CompareAndSet(std::string_view key, const Value* expected, Value value);
  // Number and number, or bigint and bigint; an absent key counts as zero of the same kind. Unless
  // it is done, `sum` is undefined.
  StoreResult Add(std::string_view key, const Value& amount, Value* sum);
  // All writes or none: kChanged when a key that was read has another version by now. Of
  // several writes of one key the last counts.
  StoreResult Commit(std::span<const Read> reads, std::vector<Write> writes);

  std::vector<std::string> Keys();
  // As all was at one moment.
  std::vector<Pair> Snapshot();

  enum class Watched : uint8_t { kChanged, kWaiting };
  // Ends (kDone) when the key has another version than the one seen, at once if it has already. Then look with Get, and
  // watch again with the version found: no change goes unnoticed, and the look finds the newest, however many there
  // were.
  Watched Watch(const std::shared_ptr<Watching>& watching);

  StoreUsage Usage() const;
  // Who opened it first.
  uint64_t maker() const { return maker_.load(std::memory_order_relaxed); }
  void OpenedBy(uint64_t party) {
    uint64_t nobody = 0;
    maker_.compare_exchange_strong(nobody, party, std::memory_order_relaxed);
  }
  const std::string& name() const { return name_; }
  // The memory that Current points into. Null when there is no such chunk.
  std::shared_ptr<const VersionChunk> Chunk(uint32_t id);

  void Withdraw(WaitPlace* place) override;

 private:
  static constexpr size_t kParts = 16;

  // A key with its hash, which is needed more than once.
  struct Key {
    explicit Key(std::string_view key) : text(key), hash(Text(key).Hash()) {}
    size_t part() const { return (hash >> 28) % kParts; }

    std::string_view text;
    uint64_t hash;
  };
  struct Data {
    Value value;
    uint64_t version;
    VersionTable::Slot slot;
  };
  using Table = KeyTable<Data>;
  using Entry = Table::Entry;
  struct Part {
    Table entries;
    VersionTable numbers;
    uint64_t clock = 0;  // the last version given
    std::unordered_map<std::string, WaitLine> watched;
  };
  using GuardedPart = Guarded<Part, AdaptiveMutex>;

  // What a write has replaced, to be freed when no lock is held: declare it before the lock.
  class Replaced {
   public:
    void Keep(Value value) {
      if (first_.HasNode()) {
        more_.push_back(std::move(value));
      } else {
        first_ = std::move(value);
      }
    }

   private:
    Value first_;
    std::vector<Value> more_;
  };

  Store(std::string name, uint64_t max_bytes) : name_(std::move(name)), max_bytes_(max_bytes) {}

  static int64_t CostOf(std::string_view key, const Value& value);
  std::vector<GuardedPart::Lock> AcquireAll();

  // False, with what it would have come to, when that is beyond the limit.
  bool Account(int64_t difference, uint64_t* bytes);

  // Under the part's lock. `entry` is null for an absent key.
  static uint64_t VersionOf(const Entry* entry) { return entry == nullptr ? 0 : entry->data.version; }
  static Found Describe(const Part& part, size_t number, const Entry& entry);
  StoreResult Put(Part* part, const Key& key, Entry* entry, Value value, Replaced* replaced, Settlements* settlements);
  uint64_t PutAccounted(Part* part, const Key& key, Entry* entry, Value value, Replaced* replaced,
                        Settlements* settlements);
  void Erase(Part* part, Entry* entry, Replaced* replaced, Settlements* settlements);
  static void TellWatchers(Part* part, std::string_view key, Settlements* settlements);

  const std::string name_;
  const uint64_t max_bytes_;
  std::atomic<uint64_t> maker_{0};
  std::atomic<int64_t> bytes_{0};
  std::atomic<size_t> keys_{0};
  std::array<GuardedPart, kParts> parts_;
};

// The wait for a key to change.
//
// Threads: the party's only, before Watch and after it has ended; the store's in between.
class Store::Watching : public Wait {
 public:
  Watching(std::string key, uint64_t seen) : key_(std::move(key)), seen_(seen) {}
  ~Watching() override { Forget(); }

  const std::string& key() const { return key_; }

 private:
  friend class Store;

  const std::string key_;
  const uint64_t seen_;
};

}  // namespace isolates

#endif  // ISOLATES_VALUE_STORE_H_
