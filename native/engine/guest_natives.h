#ifndef ISOLATES_ENGINE_GUEST_NATIVES_H_
#define ISOLATES_ENGINE_GUEST_NATIVES_H_

#include <v8.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace isolates {

// The functions that the guest runtime is built on; lib/guest/native.ts describes each.
//
// They are baked into the snapshot, so they keep no state: what they need they find through the isolate they are called
// in.
class GuestNatives {
 public:
  // Their addresses, for the reference table that goes with the snapshot.
  static std::vector<intptr_t> References();

  // Runs a part of lib/guest/parts, if the guest has not asked for it yet.
  static void LoadPart(v8::Isolate* isolate, v8::Local<v8::Context> context, std::string_view name);

  // What a part of the runtime has made, which runs now if it has not yet.
  static v8::MaybeLocal<v8::Value> Part(v8::Isolate* isolate, v8::Local<v8::Context> context, std::string_view name);

  // An object with all of them.
  static v8::MaybeLocal<v8::Object> Make(v8::Isolate* isolate, v8::Local<v8::Context> context);
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_GUEST_NATIVES_H_
