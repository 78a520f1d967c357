#ifndef ISOLATES_ENGINE_SHAPE_CACHE_H_
#define ISOLATES_ENGINE_SHAPE_CACHE_H_

#include <v8.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "value/shape.h"

namespace isolates {

// The shapes that one heap has met last, and what it takes to take records apart and to make them: records of the same
// keys come again and again.
//
// Threads: the one that holds the isolate's lock.
// Owns: its shapes, strings and functions of the heap; to be destroyed before that.
class ShapeCache {
 public:
  // `keys` and `freeze` are Object.keys and Object.freeze, as the language made them; `values` is Object.values.
  ShapeCache(v8::Isolate* isolate, v8::Local<v8::Function> keys, v8::Local<v8::Function> values,
             v8::Local<v8::Function> freeze);
  ShapeCache(const ShapeCache&) = delete;
  ShapeCache& operator=(const ShapeCache&) = delete;

  // The keys and the values of a record. False with an exception pending: its getters are user code.
  bool Split(v8::Local<v8::Context> context, v8::Local<v8::Object> record, v8::Local<v8::Array>* keys,
             v8::Local<v8::Array>* values) const;
  ShapeRef ShapeOf(const std::vector<v8::Local<v8::String>>& keys);

  // A frozen record. Empty with an exception pending when there is no memory or no stack, or when it is being stopped.
  v8::MaybeLocal<v8::Object> Make(v8::Local<v8::Context> context, const Shape* shape,
                                  std::vector<v8::Local<v8::Value>>* slots);

 private:
  static constexpr size_t kPlaces = 64;
  // Larger shapes are those of tables, which do not come again.
  static constexpr size_t kMostKeys = 1024;
  // A function for a shape is worth making when many records have it, and their keys are few.
  static constexpr uint32_t kManyRecords = 16;
  static constexpr size_t kFewKeys = 48;

  struct Known {
    ShapeRef shape;
    std::vector<v8::Global<v8::String>> keys;
    uint32_t records = 0;
    v8::Global<v8::Function> make;  // of the slots, in their order
  };

  Known* Find(const Shape* shape);
  v8::MaybeLocal<v8::Object> MakeSlowly(v8::Local<v8::Context> context, const Known& known,
                                        const std::vector<v8::Local<v8::Value>>& slots) const;
  void Compile(v8::Local<v8::Context> context, Known* known) const;

  v8::Isolate* const isolate_;
  const v8::Global<v8::Function> keys_;
  const v8::Global<v8::Function> values_;
  const v8::Global<v8::Function> freeze_;
  std::array<Known, kPlaces> by_keys_;
  std::array<Known, kPlaces> by_id_;
  Known large_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_SHAPE_CACHE_H_
