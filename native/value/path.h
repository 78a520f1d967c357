#ifndef ISOLATES_VALUE_PATH_H_
#define ISOLATES_VALUE_PATH_H_

#include <cstdint>
#include <span>

#include "value/text.h"
#include "value/value.h"

namespace isolates {

// One step into a value. As in JavaScript, where o[1] and o['1'] are the same, an index finds the key that reads like
// it, and such a key finds an element.
//
// Lifetime: a key is a view of its text.
struct PathSegment {
  PathSegment(uint32_t i) : is_index(true), index(i) {}       // NOLINT(google-explicit-constructor)
  PathSegment(Text text) : is_index(false), key(text) {}      // NOLINT(google-explicit-constructor)
  PathSegment(const char* text) : PathSegment(Text(text)) {}  // NOLINT(google-explicit-constructor)

  bool is_index;
  uint32_t index = 0;
  Text key;
};
using Path = std::span<const PathSegment>;

enum class PathStatus : uint8_t {
  kDone,
  kNotFound,     // Remove: there is nothing at the path
  kNoContainer,  // the path goes through something that is neither an array nor an object
  kOutOfRange,   // beyond the end of an array, or a key that is no index
};

// The value there, in place: good as long as `root` is held. Null when there is none; arrays and strings have no
// properties beside their elements, not even a length.
const Value* Find(const Value& root, Path path);

// Both put the new root into `result` and share all of the old one that is not on the path. On any other status than
// kDone, `failed_at` is the number of the segment that it is about.
//
// Replace makes objects where the path goes on but the value ends (nothing there, or undefined); an element may be put
// right behind the last of an array. Remove closes the gap it leaves in an array.
PathStatus Replace(const Value& root, Path path, Value value, Value* result, size_t* failed_at);
PathStatus Remove(const Value& root, Path path, Value* result, size_t* failed_at);

}  // namespace isolates

#endif  // ISOLATES_VALUE_PATH_H_
