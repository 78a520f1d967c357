#ifndef ISOLATES_ENGINE_MEMORY_SURVEY_H_
#define ISOLATES_ENGINE_MEMORY_SURVEY_H_

#include <v8.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

namespace isolates {

// What this process has resident, as a hint that somebody may keep memory that nobody counts: buffers that can grow,
// memories of WebAssembly, items in channels. V8 has that memory from the system directly, and its own figures leave
// much of it out, each version something else.
//
// Threads: any.
class ResidentMark {
 public:
  // Less growth than this is not worth a look.
  static constexpr size_t kStep = size_t{64} << 20;

  static size_t Resident();

  // True when so much more is resident than at the mark. Lowers the mark when there is less; the first look sets it.
  bool IsPassed();
  size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  void Set(size_t resident) { bytes_.store(resident, std::memory_order_relaxed); }

 private:
  // Growth of a large process is normal.
  static size_t StepFrom(size_t resident) { return kStep + resident / 8; }

  std::atomic<size_t> bytes_{0};
};

// Buffers that came from elsewhere, which the isolate that has them did not make.
//
// Threads: the isolate's.
class ForeignStores {
 public:
  void Add(const std::shared_ptr<v8::BackingStore>& store);
  bool Has(const v8::BackingStore* store) const;

 private:
  std::vector<std::weak_ptr<v8::BackingStore>> stores_;
  size_t pruned_at_ = 64;
};

// Under the lock, where V8 may collect garbage: the bytes of all buffers that are alive, WebAssembly's included, but
// for foreign ones, and about what the objects of Intl take. Walks the whole heap.
size_t BytesOutside(v8::Isolate* isolate, v8::Local<v8::Context> context, const ForeignStores& foreign);

}  // namespace isolates

#endif  // ISOLATES_ENGINE_MEMORY_SURVEY_H_
