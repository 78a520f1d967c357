#ifndef ISOLATES_ENGINE_STORE_NATIVES_H_
#define ISOLATES_ENGINE_STORE_NATIVES_H_

#include <v8.h>

#include <cstddef>
#include <string>

#include "base/check.h"
#include "engine/native_function.h"
#include "engine/value_decoder.h"
#include "engine/wait_natives.h"
#include "value/store.h"

// What the functions of stores have in common.
namespace isolates {

// The places of `found` in lib/shared/natives.ts.
enum Found : size_t { kState, kVersion, kChunk, kIndex, kNumber, kPin };

// Good as long as the handle is, which is an argument.
inline Store* StoreAt(const Arguments& arguments, int index) {
  return BorrowAt<Store>(arguments, index, SharedObject::Kind::kStore, "This is not a SharedStore");
}

inline double* FoundAt(const Arguments& arguments, int index) {
  ISOLATES_CHECK(arguments[index]->IsFloat64Array());
  return static_cast<double*>(arguments[index].As<v8::Float64Array>()->Buffer()->Data());
}

// False with an exception pending.
inline bool Fits(Realm* realm, const Store& store, const StoreResult& result) {
  if (result.status != StoreStatus::kTooBig) return true;
  realm->Throw(ErrorCode::kStoreFull, std::to_string(result.bytes), std::to_string(store.Usage().max_bytes));
  return false;
}

inline v8::Local<v8::Value> Decoded(Realm* realm, const Value& value) {
  return ValueDecoder::Decode(realm, value).FromMaybe(v8::Local<v8::Value>());
}

}  // namespace isolates

#endif  // ISOLATES_ENGINE_STORE_NATIVES_H_
