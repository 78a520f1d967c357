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
#include "engine/store_natives.h"
#include "engine/value_decoder.h"
#include "engine/value_encoder.h"
#include "engine/value_string.h"
#include "value/store.h"

// Stores as JavaScript sees them.
namespace isolates {

namespace {

enum State : int { kAbsent, kForOneReader, kCacheable };

uint64_t VersionAt(const Arguments& arguments, int index) { return static_cast<uint64_t>(NumberAt(arguments, index)); }

v8::Local<v8::Value> Say(Realm* realm, bool answer) { return v8::Boolean::New(realm->isolate(), answer); }

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
  if (Fits(realm, *store, store->Set(key, std::move(value)))) realm->pins().DropOutdated();
  return {};
}

// (store, key) => whether it was there
v8::Local<v8::Value> Delete(Realm* realm, const Arguments& arguments) {
  Store* const store = StoreAt(arguments, 0);
  if (store == nullptr) return {};
  const bool deleted = store->Delete(StoreKey(realm->isolate(), TextAt(arguments, 1)));
  realm->pins().DropOutdated();
  return Say(realm, deleted);
}

// (store)
v8::Local<v8::Value> Clear(Realm* realm, const Arguments& arguments) {
  if (Store* const store = StoreAt(arguments, 0)) store->Clear();
  realm->pins().DropOutdated();
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
  AddNative<PutIfAbsent>(realm, natives, "storePutIfAbsent");
  AddNative<CompareAndSet>(realm, natives, "storeCompareAndSet");
  AddNative<SetIfVersion>(realm, natives, "storeSetIfVersion");
  AddNative<Add>(realm, natives, "storeAdd");
  AddNative<Commit>(realm, natives, "storeCommit");
  AddStorePathNatives(realm, natives);
  AddStoreWaitNatives(realm, natives);
}

}  // namespace isolates
