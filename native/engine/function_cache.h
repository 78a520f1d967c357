#ifndef ISOLATES_ENGINE_FUNCTION_CACHE_H_
#define ISOLATES_ENGINE_FUNCTION_CACHE_H_

#include <v8.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "engine/realm_lock.h"
#include "engine/source_text.h"

namespace isolates {

// The source of a function that is called in isolates. One per distinct source and file name and realm.
//
// Threads: any; immutable.
struct FunctionSource {
  uint64_t number;  // process-wide, never used twice
  SourceText text;
  SourceText filename;
};

inline uint64_t NextFunctionNumber() {
  static std::atomic<uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

// The functions an isolate was asked to call before, compiled.
//
// Threads: the holder of the isolate's turn.
class FunctionCache {
 public:
  static constexpr size_t kMost = 1024;

  // Compiles the function when it is met for the first time. Empty with an exception pending when that fails.
  v8::MaybeLocal<v8::Function> Get(const RealmLock& lock, const FunctionSource& source);

  void Clear() { functions_.clear(); }

 private:
  std::unordered_map<uint64_t, v8::Global<v8::Function>> functions_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_FUNCTION_CACHE_H_
