#ifndef ISOLATES_ENGINE_NUMBER_CACHE_H_
#define ISOLATES_ENGINE_NUMBER_CACHE_H_

#include <v8.h>

namespace isolates {

// V8 remembers the strings it made of numbers in a table that grows from 4 KB to 256 KB at the first collision. Node's
// snapshot was written after that, and every isolate that comes from it pays for the grown table, though it arrives
// empty: a quarter of a megabyte, and a tenth of the time to start.
//
// Puts an empty table of V8's initial size in its place, in an isolate from which a snapshot is about to be written.
// Does nothing where the memory does not look exactly as expected.
//
// Threads: the one that holds the isolate's lock; a handle scope and a context are entered.
void ShrinkNumberCache(v8::Isolate* isolate);

}  // namespace isolates

#endif  // ISOLATES_ENGINE_NUMBER_CACHE_H_
