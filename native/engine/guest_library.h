#ifndef ISOLATES_ENGINE_GUEST_LIBRARY_H_
#define ISOLATES_ENGINE_GUEST_LIBRARY_H_

#include <v8.h>

#include <string>
#include <string_view>

namespace isolates {

// The pieces of the guest runtime that are too big for the snapshot. Each is a file with one script (ASCII) whose value
// is a function. No heap has anything of it before a guest first asks for it: then its text is read, once per process,
// and stays outside of every heap; V8's code of it, made by the first isolate, is taken by all later ones.
//
// Threads: any; Run() with the isolate's lock.
// Owns: the texts and the code, for the life of the process (heaps refer to them).
class GuestLibrary {
 public:
  // Where the files are, UTF-8. The first call counts.
  static void Locate(std::string directory);

  // Calls the function of a library with the argument, and gives what that returns. Empty with an exception pending
  // when the file is not there, or when the isolate is being stopped or has no room for it.
  static v8::MaybeLocal<v8::Value> Run(v8::Isolate* isolate, v8::Local<v8::Context> context, std::string_view name,
                                       v8::Local<v8::Value> argument);
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_GUEST_LIBRARY_H_
