#ifndef ISOLATES_ENGINE_FLOOR_H_
#define ISOLATES_ENGINE_FLOOR_H_

#include <cstdint>

namespace isolates {

// What V8 itself takes to make an isolate and a context from the snapshot that is ready now, to run the script `1`, and
// to dispose it all: the floor that benchmarks compare with. Nanoseconds; on the calling thread.
int64_t MeasureStartup();

}  // namespace isolates

#endif  // ISOLATES_ENGINE_FLOOR_H_
