#include "engine/structured_clone.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

#include "engine/guest_heap.h"
#include "engine/v8_compat.h"

namespace isolates {

namespace {

// What V8 leaves to its embedder: objects that are not made of properties, and the memory of the copy on its way.
//
// Threads: the holder of the isolate's lock.
class Writer final : public v8::ValueSerializer::Delegate {
 public:
  Writer(v8::Isolate* isolate, v8::Local<v8::Function> make_error, v8::Local<v8::Function> stand_in, size_t most)
      : isolate_(isolate), make_error_(make_error), stand_in_(stand_in), most_(most) {}

  void ThrowDataCloneError(v8::Local<v8::String> message) override {
    v8::Local<v8::Value> argument = message;
    v8::Local<v8::Value> error;
    const v8::Local<v8::Context> context = isolate_->GetCurrentContext();
    if (make_error_->Call(context, v8::Undefined(isolate_), 1, &argument).ToLocal(&error)) {
      isolate_->ThrowException(error);
    }
  }

  v8::Maybe<bool> WriteHostObject(v8::Isolate*, v8::Local<v8::Object> object) override {
    v8::Local<v8::Object> taken = object;
    if (Realm::Unwrap(object) == nullptr) {
      v8::Local<v8::Value> argument = object;
      v8::Local<v8::Value> stands_in;
      const v8::Local<v8::Context> context = isolate_->GetCurrentContext();
      if (!stand_in_->Call(context, v8::Undefined(isolate_), 1, &argument).ToLocal(&stands_in)) {
        return v8::Nothing<bool>();
      }
      if (!stands_in->IsObject()) {
        ThrowDataCloneError(Literal(isolate_, "The object could not be cloned."));
        return v8::Nothing<bool>();
      }
      taken = stands_in.As<v8::Object>();
    }
    serializer->WriteUint32(static_cast<uint32_t>(taken_over.size()));
    taken_over.emplace_back(isolate_, taken);
    return v8::Just(true);
  }

  v8::Maybe<uint32_t> GetSharedArrayBufferId(v8::Isolate*, v8::Local<v8::SharedArrayBuffer> buffer) override {
    const auto found = std::find(shared_buffers.begin(), shared_buffers.end(), buffer);
    const auto index = static_cast<uint32_t>(found - shared_buffers.begin());
    if (found == shared_buffers.end()) shared_buffers.emplace_back(isolate_, buffer);
    return v8::Just(index);
  }

  v8::Maybe<uint32_t> GetWasmModuleTransferId(v8::Isolate*, v8::Local<v8::WasmModuleObject> module) override {
    wasm_modules.push_back(module->GetCompiledModule());
    return v8::Just(static_cast<uint32_t>(wasm_modules.size() - 1));
  }

  // A string that occurs a thousand times is written a thousand times: without a limit a small guest could take all
  // the memory there is.
  void* ReallocateBufferMemory(void* old, size_t size, size_t* actual) override {
    void* data = size > most_ ? nullptr : std::realloc(old, size);
    *actual = data == nullptr ? 0 : size;
    return data;
  }

  void FreeBufferMemory(void* data) override { std::free(data); }

  v8::ValueSerializer* serializer = nullptr;
  // Not v8::Local: V8 calls from within scopes of its own.
  std::vector<v8::Global<v8::Object>> taken_over;
  std::vector<v8::Global<v8::SharedArrayBuffer>> shared_buffers;
  std::vector<v8::CompiledWasmModule> wasm_modules;

 private:
  v8::Isolate* const isolate_;
  const v8::Local<v8::Function> make_error_;
  const v8::Local<v8::Function> stand_in_;
  const size_t most_;
};

class Reader final : public v8::ValueDeserializer::Delegate {
 public:
  explicit Reader(const Writer& written) : written_(written) {}

  v8::MaybeLocal<v8::Object> ReadHostObject(v8::Isolate* isolate) override {
    uint32_t index = 0;
    if (!deserializer->ReadUint32(&index) || index >= written_.taken_over.size()) return {};
    return written_.taken_over[index].Get(isolate);
  }

  v8::MaybeLocal<v8::SharedArrayBuffer> GetSharedArrayBufferFromId(v8::Isolate* isolate, uint32_t id) override {
    if (id >= written_.shared_buffers.size()) return {};
    return written_.shared_buffers[id].Get(isolate);
  }

  v8::MaybeLocal<v8::WasmModuleObject> GetWasmModuleFromId(v8::Isolate* isolate, uint32_t id) override {
    if (id >= written_.wasm_modules.size()) return {};
    return v8::WasmModuleObject::FromCompiledModule(isolate, written_.wasm_modules[id]);
  }

  v8::ValueDeserializer* deserializer = nullptr;

 private:
  const Writer& written_;
};

// False with an exception pending.
bool ReadTransferList(v8::Isolate* isolate, Writer* writer, v8::Local<v8::Value> list,
                      std::vector<v8::Local<v8::ArrayBuffer>>* buffers) {
  if (!list->IsArray()) return true;
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  const v8::Local<v8::Array> array = list.As<v8::Array>();
  for (uint32_t i = 0; i < array->Length(); ++i) {
    v8::Local<v8::Value> item;
    if (!array->Get(context, i).ToLocal(&item)) return false;
    const char* wrong = nullptr;
    if (!item->IsArrayBuffer() || !item.As<v8::ArrayBuffer>()->IsDetachable()) {
      wrong = "Value is not transferable";
    } else if (item.As<v8::ArrayBuffer>()->WasDetached()) {
      wrong = "An ArrayBuffer is detached and could not be cloned.";
    } else if (std::find(buffers->begin(), buffers->end(), item) != buffers->end()) {
      wrong = "ArrayBuffer occurs in the transfer list twice";
    }
    if (wrong != nullptr) {
      writer->ThrowDataCloneError(Literal(isolate, wrong));
      return false;
    }
    buffers->push_back(item.As<v8::ArrayBuffer>());
  }
  return true;
}

struct Freer {
  void operator()(uint8_t* data) const { std::free(data); }
};

}  // namespace

v8::Local<v8::Value> StructuredClone(Realm* realm, const Arguments& arguments) {
  v8::Isolate* isolate = realm->isolate();
  const v8::Local<v8::Context> context = realm->context();
  if (!arguments[2]->IsFunction() || !arguments[3]->IsFunction()) {
    isolate->ThrowException(v8::Exception::TypeError(Literal(isolate, "Invalid arguments")));
    return {};
  }
  v8::HeapStatistics statistics;
  isolate->GetHeapStatistics(&statistics);
  Writer writer(isolate, arguments[2].As<v8::Function>(), arguments[3].As<v8::Function>(),
                statistics.heap_size_limit());
  v8::ValueSerializer serializer(isolate, &writer);
  writer.serializer = &serializer;
  std::vector<v8::Local<v8::ArrayBuffer>> moved;
  if (!ReadTransferList(isolate, &writer, arguments[1], &moved)) return {};
  for (size_t i = 0; i < moved.size(); ++i) serializer.TransferArrayBuffer(static_cast<uint32_t>(i), moved[i]);
  serializer.WriteHeader();
  bool written = false;
  if (!serializer.WriteValue(context, arguments[0]).To(&written) || !written) return {};
  const auto [data, size] = serializer.Release();
  const std::unique_ptr<uint8_t, Freer> bytes(data);

  Reader reader(writer);
  v8::ValueDeserializer deserializer(isolate, bytes.get(), size, &reader);
  reader.deserializer = &deserializer;
  for (size_t i = 0; i < moved.size(); ++i) {
    // A getter of the value may have detached it meanwhile: then there is nothing left to be moved.
    std::shared_ptr<v8::BackingStore> store = moved[i]->GetBackingStore();
    if (moved[i]->Detach(v8::Local<v8::Value>()).IsNothing()) return {};
    deserializer.TransferArrayBuffer(static_cast<uint32_t>(i), v8::ArrayBuffer::New(isolate, std::move(store)));
  }
  bool read = false;
  v8::Local<v8::Value> copy;
  if (!deserializer.ReadHeader(context).To(&read) || !read || !deserializer.ReadValue(context).ToLocal(&copy))
    return {};
  return copy;
}

}  // namespace isolates
