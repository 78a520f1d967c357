#ifndef ISOLATES_ENGINE_STUB_CACHE_H_
#define ISOLATES_ENGINE_STUB_CACHE_H_

#include <v8.h>

namespace isolates {

// V8 gives every isolate three tables of 60 KB for property accesses that see many kinds of objects, and fills them
// with empty entries: a sixth of what an idle isolate takes, for tables that it may never use. Pages of zeros are empty
// entries as well (no property has 0 for its key, and V8 takes an entry whose map is a small integer for unused), and
// such pages need no memory until V8 writes to them.
//
// Threads: Locate() on one, before any other asks; Release() on the one that holds the isolate's lock.
class StubCaches {
 public:
  // Finds where in an isolate V8 keeps its tables: by their shape, which ends with a reference to the isolate. Finds
  // none where memory does not look exactly as expected, or must not be looked at.
  static void Locate(v8::Isolate* isolate);
  // Gives the pages of an isolate's tables back, and with them what they remember.
  static void Release(v8::Isolate* isolate);
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_STUB_CACHE_H_
