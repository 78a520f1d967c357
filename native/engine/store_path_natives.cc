#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/native_function.h"
#include "engine/shared_natives.h"
#include "engine/store_key.h"
#include "engine/store_natives.h"
#include "engine/value_encoder.h"
#include "engine/value_string.h"
#include "value/path.h"

// Parts of the values of stores.
namespace isolates {

namespace {

// Looking into smaller ones is seldom worth a place.
constexpr uint64_t kWorthPinning = 4096;
// Beyond this not every number has a double of its own.
constexpr double kMostPins = 9007199254740992.0;

// The steps of a path. Those that are few and short, as most are, need no memory of their own.
class PathAt {
 public:
  PathAt() { segments_.reserve(kFew); }

  // False with an exception pending.
  bool Read(Realm* realm, v8::Local<v8::Array> list) {
    const uint32_t length = list->Length();
    for (uint32_t i = 0; i < length; ++i) {
      v8::Local<v8::Value> step;
      if (!list->Get(realm->context(), i).ToLocal(&step) || !Add(realm->isolate(), step)) return false;
    }
    return true;
  }

  // The arguments from `first` on, or the one that is a list of them.
  bool Read(Realm* realm, const Arguments& arguments, int first) {
    if (arguments[first]->IsArray()) return Read(realm, arguments[first].As<v8::Array>());
    for (int i = first; i < arguments.Length(); ++i) {
      if (!Add(realm->isolate(), arguments[i])) return false;
    }
    return true;
  }

  Path path() const { return segments_; }

 private:
  static constexpr size_t kFew = 6;

  bool Add(v8::Isolate* isolate, v8::Local<v8::Value> step) {
    if (step->IsUint32()) {
      segments_.emplace_back(step.As<v8::Uint32>()->Value());
    } else if (step->IsString()) {
      segments_.emplace_back(TextOf(isolate, step.As<v8::String>()));
    } else {
      // They were checked, but a guest may have broken lists themselves.
      isolate->ThrowException(v8::Exception::TypeError(Literal(isolate, "A path has keys and indices only")));
      return false;
    }
    return true;
  }

  Text TextOf(v8::Isolate* isolate, v8::Local<v8::String> text) {
    const auto length = static_cast<size_t>(text->Length());
    if (!text->IsOneByte() || used_ + length > short_.size()) return long_.emplace_back(ValueOf(isolate, text)).text();
    char* characters = short_.data() + used_;
    WriteOneByte(isolate, text, reinterpret_cast<uint8_t*>(characters), static_cast<int>(length));
    used_ += length;
    return std::string_view(characters, length);
  }

  std::vector<PathSegment> segments_;
  std::array<char, 120> short_;
  size_t used_ = 0;
  std::vector<Value> long_;
};

v8::Local<v8::Value> Part(Realm* realm, const Value& root, Path path) {
  const Value* part = Find(root, path);
  if (part == nullptr) return {};
  if (part->IsString() || !part->HasNode()) return Decoded(realm, *part);
  // Making the others may run JavaScript, after which the root need not be pinned any more.
  return Decoded(realm, Value(*part));
}

// (pin, outdated, ...path) => value, or `outdated`
v8::Local<v8::Value> GetPinned(Realm* realm, const Arguments& arguments) {
  // The path first: reading it may run JavaScript.
  PathAt path;
  if (!path.Read(realm, arguments, 2)) return {};
  const double pin = NumberAt(arguments, 0);
  const Value* root = pin >= 1 && pin < kMostPins ? realm->pins().Find(static_cast<uint64_t>(pin)) : nullptr;
  if (root == nullptr) return arguments[1];
  return Part(realm, *root, path.path());
}

// (store, key, found, ...path) => value
v8::Local<v8::Value> GetIn(Realm* realm, const Arguments& arguments) {
  Store* const store = StoreAt(arguments, 0);
  PathAt path;
  if (store == nullptr || !path.Read(realm, arguments, 3)) return {};
  double* const out = FoundAt(arguments, 2);
  out[kPin] = 0;
  const std::optional<Store::Found> found = store->Get(StoreKey(realm->isolate(), TextAt(arguments, 1)));
  if (!found.has_value()) return {};
  if (found->value.weight() >= kWorthPinning) out[kPin] = static_cast<double>(realm->pins().Pin(store, *found));
  return Part(realm, found->value, path.path());
}

// What became of a change at a path: 0 done, 1 nothing there; else the step it failed at, times 2, plus 2 where there
// is no container, or plus 3 where it is out of range.
v8::Local<v8::Value> SayPath(Realm* realm, PathStatus status, size_t failed_at) {
  const size_t step = failed_at * 2;
  const size_t answer = status == PathStatus::kDone          ? 0
                        : status == PathStatus::kNotFound    ? 1
                        : status == PathStatus::kNoContainer ? step + 2
                                                             : step + 3;
  return v8::Number::New(realm->isolate(), static_cast<double>(answer));
}

// Changes a value by one of value/path.h's functions until nobody else has changed it meanwhile.
template <class Change>
v8::Local<v8::Value> ChangeIn(Realm* realm, Store* store, std::string_view key, Change change) {
  for (;;) {
    const std::optional<Store::Found> found = store->Get(key);
    Value changed;
    size_t failed_at = 0;
    const PathStatus status = change(found.has_value() ? found->value : Value(), &changed, &failed_at);
    if (status != PathStatus::kDone) return SayPath(realm, status, failed_at);
    const StoreResult result = store->SetIfVersion(key, found.has_value() ? found->version : 0, std::move(changed));
    if (result.status == StoreStatus::kChanged) continue;
    if (!Fits(realm, *store, result)) return {};
    realm->pins().DropOutdated();
    return SayPath(realm, status, 0);
  }
}

// (store, key, path, value) => what became of it
v8::Local<v8::Value> SetIn(Realm* realm, const Arguments& arguments) {
  Store* const store = StoreAt(arguments, 0);
  PathAt path;
  Value value;
  if (store == nullptr || !path.Read(realm, ListAt(arguments, 2)) ||
      !ValueEncoder::EncodeOrThrow(realm, arguments[3], "value", &value, store)) {
    return {};
  }
  const StoreKey key(realm->isolate(), TextAt(arguments, 1));
  return ChangeIn(realm, store, key, [&](const Value& root, Value* changed, size_t* failed_at) {
    return Replace(root, path.path(), value, changed, failed_at);
  });
}

// (store, key, path) => what became of it
v8::Local<v8::Value> RemoveIn(Realm* realm, const Arguments& arguments) {
  Store* const store = StoreAt(arguments, 0);
  PathAt path;
  if (store == nullptr || !path.Read(realm, ListAt(arguments, 2))) return {};
  const StoreKey key(realm->isolate(), TextAt(arguments, 1));
  return ChangeIn(realm, store, key, [&](const Value& root, Value* changed, size_t* failed_at) {
    return Remove(root, path.path(), changed, failed_at);
  });
}

}  // namespace

void AddStorePathNatives(Realm* realm, v8::Local<v8::Object> natives) {
  AddNative<GetIn>(realm, natives, "storeGetIn");
  AddNative<GetPinned>(realm, natives, "storeGetPinned");
  AddNative<SetIn>(realm, natives, "storeSetIn");
  AddNative<RemoveIn>(realm, natives, "storeRemoveIn");
}

}  // namespace isolates
