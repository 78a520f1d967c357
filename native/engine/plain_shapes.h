#ifndef ISOLATES_ENGINE_PLAIN_SHAPES_H_
#define ISOLATES_ENGINE_PLAIN_SHAPES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/source_text.h"

namespace isolates {

// Lists of keys, numbered for the whole process.
//
// Threads: any.
class PlainShapes {
 public:
  // As in lib/shared/plain/keys.ts.
  static constexpr size_t kMostKeys = 128;

  // Below 0 when there are too many.
  static int64_t NumberOf(std::vector<SourceText> keys);
  // Empty for a number that nobody has.
  static std::vector<SourceText> KeysOf(int64_t number);
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_PLAIN_SHAPES_H_
