#include "engine/number_cache.h"

#include <cstdint>
#include <vector>

namespace isolates {

namespace {

using Internals = v8::internal::Internals;
using v8::internal::Address;

// Pairs of number and string. V8 14 keeps one table for small integers, with zero for an empty place; V8 before that
// one for all numbers, with undefined. Of either initial size V8 grows the table when it has to; see
// Heap::CreateInitialMutableObjects.
#if V8_MAJOR_VERSION >= 14
constexpr size_t kInitialLength = 2 * 128;
#else
constexpr size_t kInitialLength = 2 * 256;
#endif
constexpr size_t kGrownLength = 4096;
// V8's table of roots has 1000 to 1200 entries. Addresses of V8's own functions and variables follow it: what looks
// like an object there is memory that can be read, and no FixedArray.
constexpr int kRootsToSearch = 1536;

// V8's FixedArray: a map, a length, the elements.
struct FixedArray {
  explicit FixedArray(Address tagged) : at(tagged - v8::internal::kHeapObjectTag) {}
  Address Word(size_t index) const { return reinterpret_cast<const Address*>(at)[index]; }
  Address map() const { return Word(0); }
  bool has_smi_length() const { return !Internals::HasHeapObjectTag(Word(1)); }
  size_t length() const { return static_cast<size_t>(Internals::SmiValue(Word(1))); }
  Address element(size_t index) const { return Word(2 + index); }
  bool IsFilledWith(Address value) const {
    for (size_t i = 0; i < length(); ++i) {
      if (element(i) != value) return false;
    }
    return true;
  }

  const Address at;
};

// The elements of a new array of JavaScript, which are a FixedArray of exactly that length.
Address MakeElements(v8::Isolate* isolate, v8::Local<v8::Value> value) {
  std::vector<v8::Local<v8::Value>> values(kInitialLength, value);
  const v8::Local<v8::Array> array = v8::Array::New(isolate, values.data(), values.size());
  constexpr int kElementsOffset = 2 * v8::internal::kApiTaggedSize;
  return Internals::ReadRawField<Address>(*reinterpret_cast<Address*>(*array), kElementsOffset);
}

}  // namespace

void ShrinkNumberCache(v8::Isolate* isolate) {
  if (v8::internal::kApiTaggedSize != sizeof(Address)) return;
#if V8_MAJOR_VERSION >= 14
  const v8::Local<v8::Value> empty = v8::Integer::New(isolate, 0);
#else
  const v8::Local<v8::Value> empty = v8::Undefined(isolate);
#endif
  const Address fill = *reinterpret_cast<Address*>(*empty);
  const Address small_table = MakeElements(isolate, empty);
  const FixedArray small(small_table);
  if (!small.has_smi_length() || small.length() != kInitialLength || !small.IsFilledWith(fill)) return;

  auto* roots = reinterpret_cast<Address*>(reinterpret_cast<Address>(isolate) + Internals::kIsolateRootsOffset);
  Address* found = nullptr;
  for (Address* root = roots; root < roots + kRootsToSearch; ++root) {
    if (!Internals::HasHeapObjectTag(*root)) continue;
    const FixedArray table(*root);
    if (table.map() != small.map() || !table.has_smi_length() || table.length() < kGrownLength) continue;
    if (!table.IsFilledWith(fill)) continue;
    if (found != nullptr) return;
    found = root;
  }
  // Roots need no write barrier.
  if (found != nullptr) *found = small_table;
}

}  // namespace isolates
