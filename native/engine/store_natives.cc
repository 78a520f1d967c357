#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "engine/native_function.h"
#include "engine/shared_natives.h"
#include "engine/store_key.h"
#include "engine/value_decoder.h"
#include "engine/value_encoder.h"
#include "engine/value_string.h"
#include "value/path.h"
#include "value/store.h"

// Stores as JavaScript sees them.
namespace isolates {

namespace {

// The places of `found` in lib/shared/natives.ts.
enum Found : size_t { kState, kVersion, kChunk, kIndex, kNumber };
enum State : int { kAbsent, kForOneReader, kCacheable };

// Good as long as the handle is, which is an argument.
Store* StoreAt(const Arguments& arguments, int index) {
  const SharedObject* shared = Realm::Unwrap(arguments[index]);
  // `this` of a method may be anything.
  if (shared == nullptr || shared->kind != SharedObject::Kind::kStore) {
    v8::Isolate* isolate = arguments.GetIsolate();
    isolate->ThrowException(v8::Exception::TypeError(Literal(isolate, "This is not a SharedStore")));
    return nullptr;
  }
  return static_cast<Store*>(shared->target.get());
}

uint64_t VersionAt(const Arguments& arguments, int index) { return static_cast<uint64_t>(NumberAt(arguments, index)); }

double* FoundAt(const Arguments& arguments, int index) {
  ISOLATES_CHECK(arguments[index]->IsFloat64Array());
  return static_cast<double*>(arguments[index].As<v8::Float64Array>()->Buffer()->Data());
}

v8::Local<v8::Value> Say(Realm* realm, bool answer) { return v8::Boolean::New(realm->isolate(), answer); }

// False with an exception pending.
bool Fits(Realm* realm, const Store& store, const StoreResult& result) {
  if (result.status != StoreStatus::kTooBig) return true;
  realm->Throw(ErrorCode::kStoreFull, std::to_string(result.bytes), std::to_string(store.Usage().max_bytes));
  return false;
}

v8::Local<v8::Value> Read(Realm* realm, const std::optional<Store::Found>& found, double* out) {
  out[kState] = kAbsent;
  out[kVersion] = 0;
  if (!found.has_value()) return {};
  ValueDecoder decoder(realm);
  v8::Local<v8::Value> value;
  if (!decoder.Decode(found->value).ToLocal(&value)) return {};
  if (value->IsObject() && !decoder.made_mutable() && found->value.weight() >= kExternalFrom) {
    realm->Remember(value.As<v8::Object>(), found->value);
  }
  out[kState] = decoder.made_mutable() ? kForOneReader : kCacheable;
  out[kVersion] = static_cast<double>(found->version);
  out[kChunk] = found->current.chunk;
  out[kIndex] = found->current.index;
  out[kNumber] = static_cast<int32_t>(found->current.number);
  return value;
}

v8::Local<v8::Value> Decoded(Realm* realm, const Value& value) {
  return ValueDecoder::Decode(realm, value).FromMaybe(v8::Local<v8::Value>());
}

// The steps of a path. Those that are few and short, as most are, need no memory of their own.
class PathAt {
 public:
  PathAt() { segments_.reserve(kFew); }

  // False with an exception pending.
  bool Read(Realm* realm, v8::Local<v8::Array> list) {
    const uint32_t length = list->Length();
    for (uint32_t i = 0; i < length; ++i) {
      v8::Local<v8::Value> step;
      if (!list->Get(realm->context(), i).ToLocal(&step)) return false;
      Add(realm->isolate(), step);
    }
    return true;
  }

  // The arguments from `first` on, or the one that is a list of them.
  bool Read(Realm* realm, const Arguments& arguments, int first) {
    if (arguments[first]->IsArray()) return Read(realm, arguments[first].As<v8::Array>());
    for (int i = first; i < arguments.Length(); ++i) Add(realm->isolate(), arguments[i]);
    return true;
  }

  Path path() const { return segments_; }

 private:
  static constexpr size_t kFew = 6;

  void Add(v8::Isolate* isolate, v8::Local<v8::Value> step) {
    if (step->IsUint32()) {
      segments_.emplace_back(step.As<v8::Uint32>()->Value());
    } else {
      ISOLATES_CHECK(step->IsString());
      segments_.emplace_back(TextOf(isolate, step.As<v8::String>()));
    }
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

// (handle, name or undefined, max bytes) => the store's handle: another one where this realm has one
v8::Local<v8::Value> Open(Realm* realm, const Arguments& arguments) {
  const auto max_bytes = static_cast<uint64_t>(NumberAt(arguments, 2));
  std::shared_ptr<Store> store;
  if (arguments[1]->IsUndefined()) {
    store = Store::Anonymous(max_bytes);
  } else {
    const StoreKey name(realm->isolate(), TextAt(arguments, 1));
    store = Store::Named(std::string(name.view()), max_bytes);
  }
  store->OpenedBy(realm->party());
  return realm->WrapAs(arguments[0].As<v8::Object>(), {SharedObject::Kind::kStore, std::move(store)});
}

// (store) => name; empty for none
v8::Local<v8::Value> Name(Realm* realm, const Arguments& arguments) {
  Store* const store = StoreAt(arguments, 0);
  if (store == nullptr) return {};
  return StoreKey::ToString(realm->isolate(), store->name()).FromMaybe(v8::Local<v8::String>());
}

// (store) => [keys, bytes, max bytes]
v8::Local<v8::Value> Usage(Realm* realm, const Arguments& arguments) {
  Store* const store = StoreAt(arguments, 0);
  if (store == nullptr) return {};
  const StoreUsage usage = store->Usage();
  v8::Local<v8::Value> numbers[] = {v8::Number::New(realm->isolate(), static_cast<double>(usage.keys)),
                                    v8::Number::New(realm->isolate(), static_cast<double>(usage.bytes)),
                                    v8::Number::New(realm->isolate(), static_cast<double>(usage.max_bytes))};
  return v8::Array::New(realm->isolate(), numbers, std::size(numbers));
}

// (store, id) => the numbers of a chunk
v8::Local<v8::Value> Chunk(Realm* realm, const Arguments& arguments) {
  Store* const store = StoreAt(arguments, 0);
  if (store == nullptr) return {};
  auto chunk = store->Chunk(static_cast<uint32_t>(NumberAt(arguments, 1)));
  ISOLATES_CHECK(chunk != nullptr);
  const size_t length = chunk->size();
  // Of JavaScript only lib/shared/store.ts ever sees this memory, and it only reads.
  auto* numbers = const_cast<std::atomic<uint32_t>*>(chunk->numbers());
  auto* keep = new std::shared_ptr<const VersionChunk>(std::move(chunk));
  std::shared_ptr<v8::BackingStore> memory = v8::SharedArrayBuffer::NewBackingStore(
      numbers, length * sizeof(*numbers),
      [](void*, size_t, void* kept) { delete static_cast<std::shared_ptr<const VersionChunk>*>(kept); }, keep);
  return v8::Int32Array::New(v8::SharedArrayBuffer::New(realm->isolate(), std::move(memory)), 0, length);
}

// (store, key, found) => value
v8::Local<v8::Value> Get(Realm* realm, const Arguments& arguments) {
  Store* const store = StoreAt(arguments, 0);
  if (store == nullptr) return {};
  const StoreKey key(realm->isolate(), TextAt(arguments, 1));
  return Read(realm, store->Get(key), FoundAt(arguments, 2));
}

// (store, key) => whether it is there
v8::Local<v8::Value> Has(Realm* realm, const Arguments& arguments) {
  Store* const store = StoreAt(arguments, 0);
  if (store == nullptr) return {};
  return Say(realm, store->Has(StoreKey(realm->isolate(), TextAt(arguments, 1))));
}

// (store, key, value)
v8::Local<v8::Value> Set(Realm* realm, const Arguments& arguments) {
  Store* const store = StoreAt(arguments, 0);
  Value value;
  if (store == nullptr || !ValueEncoder::EncodeOrThrow(realm, arguments[2], "value", &value, store)) return {};
  const StoreKey key(realm->isolate(), TextAt(arguments, 1));
  Fits(realm, *store, store->Set(key, std::move(value)));
  return {};
}

// (store, key) => whether it was there
v8::Local<v8::Value> Delete(Realm* realm, const Arguments& arguments) {
  Store* const store = StoreAt(arguments, 0);
  if (store == nullptr) return {};
  return Say(realm, store->Delete(StoreKey(realm->isolate(), TextAt(arguments, 1))));
}

// (store)
v8::Local<v8::Value> Clear(Realm*, const Arguments& arguments) {
  if (Store* const store = StoreAt(arguments, 0)) store->Clear();
  return {};
}

// (store) => keys
v8::Local<v8::Value> Keys(Realm* realm, const Arguments& arguments) {
  Store* const store = StoreAt(arguments, 0);
  if (store == nullptr) return {};
  std::vector<v8::Local<v8::Value>> keys;
  for (const std::string& key : store->Keys()) {
    v8::Local<v8::String> text;
    if (!StoreKey::ToString(realm->isolate(), key).ToLocal(&text)) return {};
    keys.push_back(text);
  }
  return v8::Array::New(realm->isolate(), keys.data(), keys.size());
}

// (store) => [key, value, key, value, ...] of one moment
v8::Local<v8::Value> Snapshot(Realm* realm, const Arguments& arguments) {
  Store* const store = StoreAt(arguments, 0);
  if (store == nullptr) return {};
  ValueDecoder decoder(realm);
  std::vector<v8::Local<v8::Value>> pairs;
  for (const Store::Pair& pair : store->Snapshot()) {
    v8::Local<v8::String> key;
    v8::Local<v8::Value> value;
    if (!StoreKey::ToString(realm->isolate(), pair.key).ToLocal(&key) || !decoder.Decode(pair.value).ToLocal(&value)) {
      return {};
    }
    pairs.push_back(key);
    pairs.push_back(value);
  }
  return v8::Array::New(realm->isolate(), pairs.data(), pairs.size());
}

// (store, key, ...path) => value
v8::Local<v8::Value> GetIn(Realm* realm, const Arguments& arguments) {
  Store* const store = StoreAt(arguments, 0);
  PathAt path;
  if (store == nullptr || !path.Read(realm, arguments, 2)) return {};
  const std::optional<Store::Found> found = store->Get(StoreKey(realm->isolate(), TextAt(arguments, 1)));
  if (!found.has_value()) return {};
  const Value* value = Find(found->value, path.path());
  return value == nullptr ? v8::Local<v8::Value>() : Decoded(realm, *value);
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

// (store, key, value, found) => the value that is there now
v8::Local<v8::Value> PutIfAbsent(Realm* realm, const Arguments& arguments) {
  Store* const store = StoreAt(arguments, 0);
  Value value;
  if (store == nullptr || !ValueEncoder::EncodeOrThrow(realm, arguments[2], "value", &value, store)) return {};
  const StoreKey key(realm->isolate(), TextAt(arguments, 1));
  std::optional<Store::Found> present;
  const StoreResult result = store->PutIfAbsent(key, value, &present);
  if (!Fits(realm, *store, result)) return {};
  v8::Local<v8::Value> there = Read(realm, present, FoundAt(arguments, 3));
  return result.status == StoreStatus::kDone ? Decoded(realm, value) : there;
}

// (store, key, expected, next) => whether it was as expected; undefined stands for an absent key too
v8::Local<v8::Value> CompareAndSet(Realm* realm, const Arguments& arguments) {
  Store* const store = StoreAt(arguments, 0);
  Value expected;
  Value next;
  if (store == nullptr || !ValueEncoder::EncodeOrThrow(realm, arguments[2], "expected", &expected) ||
      !ValueEncoder::EncodeOrThrow(realm, arguments[3], "next", &next, store)) {
    return {};
  }
  const StoreKey key(realm->isolate(), TextAt(arguments, 1));
  StoreResult result{StoreStatus::kChanged};
  if (expected.IsUndefined()) result = store->CompareAndSet(key, nullptr, next);
  if (result.status == StoreStatus::kChanged) result = store->CompareAndSet(key, &expected, next);
  if (!Fits(realm, *store, result)) return {};
  return Say(realm, result.status == StoreStatus::kDone);
}

// (store, key, version, value, found) => the value, when `found` says that the key had this version
v8::Local<v8::Value> SetIfVersion(Realm* realm, const Arguments& arguments) {
  Store* const store = StoreAt(arguments, 0);
  Value value;
  if (store == nullptr || !ValueEncoder::EncodeOrThrow(realm, arguments[3], "value", &value, store)) return {};
  const StoreKey key(realm->isolate(), TextAt(arguments, 1));
  const StoreResult result = store->SetIfVersion(key, VersionAt(arguments, 2), value);
  if (!Fits(realm, *store, result)) return {};
  const bool done = result.status == StoreStatus::kDone;
  FoundAt(arguments, 4)[kState] = done ? kForOneReader : kAbsent;
  return done ? Decoded(realm, value) : v8::Local<v8::Value>();
}

// (store, key, amount) => sum; undefined when the two cannot be added
v8::Local<v8::Value> Add(Realm* realm, const Arguments& arguments) {
  Store* const store = StoreAt(arguments, 0);
  Value amount;
  if (store == nullptr || !ValueEncoder::EncodeOrThrow(realm, arguments[2], "amount", &amount)) return {};
  Value sum;
  const StoreResult result = store->Add(StoreKey(realm->isolate(), TextAt(arguments, 1)), amount, &sum);
  if (!Fits(realm, *store, result)) return {};
  return Decoded(realm, sum);
}

// (store, [key, version, ...], [key, value, is there, ...]) => whether all keys had these versions
v8::Local<v8::Value> Commit(Realm* realm, const Arguments& arguments) {
  Store* const store = StoreAt(arguments, 0);
  if (store == nullptr) return {};
  const v8::Local<v8::Context> context = realm->context();
  const auto key_at = [&](v8::Local<v8::Array> list, uint32_t i, std::string* key) {
    v8::Local<v8::Value> text;
    if (!list->Get(context, i).ToLocal(&text)) return false;
    *key = StoreKey(realm->isolate(), text.As<v8::String>()).view();
    return true;
  };
  std::vector<Store::Read> reads;
  const v8::Local<v8::Array> read_list = ListAt(arguments, 1);
  for (uint32_t i = 0; i < read_list->Length(); i += 2) {
    v8::Local<v8::Value> version;
    Store::Read& read = reads.emplace_back();
    if (!key_at(read_list, i, &read.key) || !read_list->Get(context, i + 1).ToLocal(&version)) return {};
    read.version = static_cast<uint64_t>(version.As<v8::Number>()->Value());
  }
  std::vector<Store::Write> writes;
  const v8::Local<v8::Array> write_list = ListAt(arguments, 2);
  for (uint32_t i = 0; i < write_list->Length(); i += 3) {
    v8::Local<v8::Value> value;
    v8::Local<v8::Value> is_there;
    Store::Write& write = writes.emplace_back();
    if (!key_at(write_list, i, &write.key) || !write_list->Get(context, i + 1).ToLocal(&value) ||
        !write_list->Get(context, i + 2).ToLocal(&is_there)) {
      return {};
    }
    if (!is_there->IsTrue()) continue;
    if (!ValueEncoder::EncodeOrThrow(realm, value, "value", &write.value.emplace(), store)) return {};
  }
  const StoreResult result = store->Commit(reads, std::move(writes));
  if (!Fits(realm, *store, result)) return {};
  return Say(realm, result.status == StoreStatus::kDone);
}

}  // namespace

void AddStoreNatives(Realm* realm, v8::Local<v8::Object> natives) {
  AddNative<Open>(realm, natives, "storeOpen");
  AddNative<Name>(realm, natives, "storeName");
  AddNative<Usage>(realm, natives, "storeUsage");
  AddNative<Chunk>(realm, natives, "storeChunk");
  AddNative<Get>(realm, natives, "storeGet");
  AddNative<Has>(realm, natives, "storeHas");
  AddNative<Set>(realm, natives, "storeSet");
  AddNative<Delete>(realm, natives, "storeDelete");
  AddNative<Clear>(realm, natives, "storeClear");
  AddNative<Keys>(realm, natives, "storeKeys");
  AddNative<Snapshot>(realm, natives, "storeSnapshot");
  AddNative<GetIn>(realm, natives, "storeGetIn");
  AddNative<SetIn>(realm, natives, "storeSetIn");
  AddNative<RemoveIn>(realm, natives, "storeRemoveIn");
  AddNative<PutIfAbsent>(realm, natives, "storePutIfAbsent");
  AddNative<CompareAndSet>(realm, natives, "storeCompareAndSet");
  AddNative<SetIfVersion>(realm, natives, "storeSetIfVersion");
  AddNative<Add>(realm, natives, "storeAdd");
  AddNative<Commit>(realm, natives, "storeCommit");
  AddStoreWaitNatives(realm, natives);
}

}  // namespace isolates
