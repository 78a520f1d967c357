#ifndef ISOLATES_ENGINE_PLAIN_OBJECT_H_
#define ISOLATES_ENGINE_PLAIN_OBJECT_H_

#include <v8.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace isolates {

// One array of each kind V8 has, to which nothing was ever done but that each is there frozen as well, and a date.
//
// Threads: that of the heap.
// Owns: references to them; to be emptied before the heap goes.
class SampleObjects {
 public:
  // False with an exception pending: it may be stopped like any code that runs there.
  bool Make(v8::Isolate* isolate, v8::Local<v8::Context> context);
  void Clear();
  // Whether an object is like one of them.
  bool IsLike(v8::Isolate* isolate, v8::Local<v8::Value> object) const;

 private:
  static constexpr size_t kArrays = 12;

  std::array<v8::Global<v8::Value>, kArrays + 1> samples_;
};

// Calls `body` with the first `count` elements until it answers false. The body must not allocate in the heap.
template <class Body>
bool ForEach(v8::Local<v8::Context> context, v8::Local<v8::Array> array, size_t count, const Body& body);

// Looks at the objects that a value is made of, one after another: true as long as each is an ordinary object, an array
// with nothing but elements or a date, and none comes twice.
//
// Threads: stack-only. Nothing may be allocated in the heap between the calls: it goes by addresses.
class PlainObjects {
 public:
  PlainObjects(v8::Isolate* isolate, const SampleObjects* samples, size_t count);

  bool Accept(v8::Local<v8::Value> value);

 private:
  using Address = v8::internal::Address;

  bool IsNew(Address object);

  static constexpr size_t kFew = 32;

  v8::Isolate* const isolate_;
  const SampleObjects* const samples_;
  // Open addressing; 0 is an empty place. In `few_` while there is room.
  std::array<Address, kFew> few_{};
  std::vector<Address> many_;
  std::span<Address> seen_ = few_;
};

template <class Body>
bool ForEach(v8::Local<v8::Context> context, v8::Local<v8::Array> array, size_t count, const Body& body) {
#if V8_MAJOR_VERSION >= 12
  struct Walk {
    const Body& body;
    size_t left;
    bool ok;
  } walk{body, count, true};
  if (count == 0) return true;
  const auto step = [](uint32_t, v8::Local<v8::Value> element, void* data) {
    auto* walking = static_cast<Walk*>(data);
    walking->ok = walking->body(element);
    return walking->ok && --walking->left > 0 ? v8::Array::CallbackResult::kContinue
                                              : v8::Array::CallbackResult::kBreak;
  };
  return array->Iterate(context, step, &walk).IsJust() && walk.ok && walk.left == 0;
#else
  for (uint32_t i = 0; i < count; ++i) {
    v8::Local<v8::Value> element;
    if (!array->Get(context, i).ToLocal(&element) || !body(element)) return false;
  }
  return true;
#endif
}

}  // namespace isolates

#endif  // ISOLATES_ENGINE_PLAIN_OBJECT_H_
