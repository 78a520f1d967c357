#include "engine/stub_cache.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#ifdef __linux__
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>
#endif

namespace isolates {

#ifdef __linux__

namespace {

// V8's StubCache.
struct Table {
  struct Entry {
    uintptr_t key;
    uintptr_t value;
    uintptr_t map;
    bool operator==(const Entry& other) const = default;
  };
  std::array<Entry, 2048 + 512> entries;
  uintptr_t isolate;
};

// An Isolate of V8 has 60 to 80 KB.
constexpr size_t kMostOfIsolate = size_t{96} << 10;
// For loads, for stores and, in newer versions, for definitions.
constexpr size_t kMostTables = 3;

std::array<size_t, kMostTables> offsets;
std::atomic<size_t> offset_count{0};

// The kernel looks whether there is memory. Gives how much of it was read; 0 also where this is forbidden.
size_t Read(uintptr_t from, void* to, size_t size) {
  const iovec local{to, size};
  const iovec remote{reinterpret_cast<void*>(from), size};
  const ssize_t read = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
  return read < 0 ? 0 : static_cast<size_t>(read);
}

bool IsTableOf(uintptr_t isolate, uintptr_t address, Table* copy) {
  constexpr uintptr_t kAlignment = 16;  // of what malloc gives
  constexpr uintptr_t kLowest = uintptr_t{1} << 16;
  constexpr uintptr_t kHighest = uintptr_t{1} << 47;
  if (address % kAlignment != 0 || address < kLowest || address >= kHighest) return false;
  uintptr_t owner = 0;
  if (Read(address + offsetof(Table, isolate), &owner, sizeof(owner)) != sizeof(owner) || owner != isolate)
    return false;
  if (Read(address, copy, sizeof(*copy)) != sizeof(*copy)) return false;
  std::optional<Table::Entry> empty;
  size_t used = 0;
  for (const Table::Entry& entry : copy->entries) {
    if (entry.map != 0) {
      ++used;
    } else if (!empty.has_value()) {
      empty = entry;
    } else if (entry != *empty) {
      return false;
    }
  }
  return used < copy->entries.size() / 2;
}

}  // namespace

void StubCaches::Locate(v8::Isolate* isolate) {
  const auto address = reinterpret_cast<uintptr_t>(isolate);
  std::vector<uintptr_t> words(kMostOfIsolate / sizeof(uintptr_t));
  words.resize(Read(address, words.data(), kMostOfIsolate) / sizeof(uintptr_t));
  const auto table = std::make_unique<Table>();
  size_t count = 0;
  for (size_t i = 0; i < words.size() && count < kMostTables; ++i) {
    if (IsTableOf(address, words[i], table.get())) offsets[count++] = i * sizeof(uintptr_t);
  }
  offset_count.store(count, std::memory_order_release);
}

void StubCaches::Release(v8::Isolate* isolate) {
  const auto address = reinterpret_cast<uintptr_t>(isolate);
  const size_t count = offset_count.load(std::memory_order_acquire);
  static const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  for (size_t i = 0; i < count; ++i) {
    const auto* table = *reinterpret_cast<const Table* const*>(address + offsets[i]);
    if (table->isolate != address) continue;
    const uintptr_t begin = (reinterpret_cast<uintptr_t>(table) + page - 1) / page * page;
    const uintptr_t end = reinterpret_cast<uintptr_t>(&table->isolate) / page * page;
    if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
}

#else

void StubCaches::Locate(v8::Isolate*) {}
void StubCaches::Release(v8::Isolate*) {}

#endif

}  // namespace isolates
