#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "engine/decoder.h"
#include "engine/v8_compat.h"
#include "value/byte_block.h"

// The kinds of objects that are more than a bag of properties.
namespace isolates {

namespace {

v8::Local<v8::Value> NewError(v8::Isolate* isolate, v8::Local<v8::Context> context, ErrorKind kind,
                              v8::Local<v8::String> message) {
  switch (kind) {
    case ErrorKind::kRangeError:
      return v8::Exception::RangeError(message);
    case ErrorKind::kReferenceError:
      return v8::Exception::ReferenceError(message);
    case ErrorKind::kSyntaxError:
      return v8::Exception::SyntaxError(message);
    case ErrorKind::kTypeError:
      return v8::Exception::TypeError(message);
    default:
      break;
  }
  v8::Local<v8::Value> error = v8::Exception::Error(message);
  const char* name = kind == ErrorKind::kEvalError        ? "EvalError"
                     : kind == ErrorKind::kURIError       ? "URIError"
                     : kind == ErrorKind::kAggregateError ? "AggregateError"
                                                          : nullptr;
  if (name == nullptr) return error;
  // V8 makes the others only through their constructors. Where somebody replaced those, a plain Error has to do.
  v8::TryCatch quiet(isolate);
  v8::Local<v8::Value> constructor;
  v8::Local<v8::Value> prototype;
  if (context->Global()->GetRealNamedProperty(context, Literal(isolate, name)).ToLocal(&constructor) &&
      constructor->IsFunction() &&
      constructor.As<v8::Object>()->GetRealNamedProperty(context, Literal(isolate, "prototype")).ToLocal(&prototype) &&
      prototype->IsObject()) {
    SetPrototype(context, error.As<v8::Object>(), prototype);
  }
  return error;
}

}  // namespace

bool Decoder::Define(v8::Local<v8::Object> object, std::string_view name, v8::Local<v8::Value> value) {
  return object->DefineOwnProperty(context_, Literal(isolate_, name), value, v8::PropertyAttribute::DontEnum)
      .FromMaybe(false);
}

v8::MaybeLocal<v8::Value> Decoder::ReadError() {
  const uint8_t kind = bytes_.Byte();
  if (kind > static_cast<uint8_t>(ErrorKind::kAggregateError)) return Damaged();
  const v8::Local<v8::Object> error =
      NewError(isolate_, context_, static_cast<ErrorKind>(kind), v8::String::Empty(isolate_)).As<v8::Object>();
  Remember(error);
  // Its own trace is that of this decoder; an error that came without one has none.
  bool has_message = false;
  bool has_stack = false;
  for (;;) {
    const auto field = static_cast<ErrorField>(bytes_.Byte());
    if (!bytes_.ok()) return Damaged();
    if (field == ErrorField::kEnd) break;
    v8::Local<v8::Value> value;
    if (field == ErrorField::kName) {
      v8::Local<v8::String> name;
      if (!ReadUtf8().ToLocal(&name)) return {};
      value = name;
    } else if (!Read().ToLocal(&value)) {
      return {};
    }
    std::string_view name;
    switch (field) {
      case ErrorField::kName:
        name = "name";
        break;
      case ErrorField::kMessage:
        name = "message";
        has_message = true;
        break;
      case ErrorField::kStack:
        name = "stack";
        has_stack = true;
        break;
      case ErrorField::kCause:
        name = "cause";
        break;
      case ErrorField::kErrors:
        name = "errors";
        break;
      default:
        return Damaged();
    }
    if (!Define(error, name, value)) return {};
  }
  if (!has_message && error->Delete(context_, Literal(isolate_, "message")).IsNothing()) return {};
  if (!has_stack && !Define(error, "stack", v8::Undefined(isolate_))) return {};
  if (!ReadProperties(error)) return {};
  return error;
}

v8::MaybeLocal<v8::Value> Decoder::ReadRegExp() {
  v8::Local<v8::String> source;
  if (!ReadString(ReadTag()).ToLocal(&source)) return {};
  const auto flags = static_cast<v8::RegExp::Flags>(bytes_.Varint());
  v8::Local<v8::RegExp> regexp;
  if (!bytes_.ok() || !v8::RegExp::New(context_, source, flags).ToLocal(&regexp)) return {};
  return Remember(regexp);
}

v8::MaybeLocal<v8::Value> Decoder::ReadArrayBuffer() {
  const bool resizable = bytes_.Byte() != 0;
  const uint64_t length = bytes_.Varint();
  const uint64_t max_length = bytes_.Varint();
  bytes_.Align(8);
  const uint8_t* data = bytes_.Raw(length);
  if (data == nullptr || max_length < length) return Damaged();
  std::unique_ptr<v8::BackingStore> store;
  if (resizable) {
    store = v8::ArrayBuffer::NewResizableBackingStore(length, max_length);
    if (store != nullptr && length != 0) std::memcpy(store->Data(), data, length);
  } else {
    store = allocator_->NewStore(isolate_, data, length);
  }
  if (store == nullptr) return Refused("Array buffer allocation failed");
  return Remember(v8::ArrayBuffer::New(isolate_, std::move(store)));
}

v8::MaybeLocal<v8::Value> Decoder::ReadAttachment(Tag tag) {
  const uint64_t index = bytes_.Varint();
  if (!bytes_.ok() || index >= message_.attachments.size()) return Damaged();
  const std::shared_ptr<void>& attachment = message_.attachments[index];
  if (tag == Tag::kArrayBufferBlock) {
    auto* block = static_cast<ByteBlock*>(attachment.get());
    std::unique_ptr<v8::BackingStore> store = allocator_->Adopt(isolate_, block);
    if (store == nullptr) return Refused("Array buffer allocation failed");
    return Remember(v8::ArrayBuffer::New(isolate_, std::move(store)));
  }
  if (tag == Tag::kWasmModule) {
    v8::Local<v8::WasmModuleObject> module;
    const auto* compiled = static_cast<v8::CompiledWasmModule*>(attachment.get());
    if (!v8::WasmModuleObject::FromCompiledModule(isolate_, *compiled).ToLocal(&module)) return {};
    return Remember(module);
  }
  auto store = std::static_pointer_cast<v8::BackingStore>(attachment);
  realm_->OnForeignStore(store);
  if (tag == Tag::kSharedArrayBuffer) return Remember(v8::SharedArrayBuffer::New(isolate_, std::move(store)));
  return Remember(v8::ArrayBuffer::New(isolate_, std::move(store)));
}

v8::MaybeLocal<v8::Value> Decoder::ReadShared() {
  const uint8_t kind = bytes_.Byte();
  const uint64_t index = bytes_.Varint();
  if (!bytes_.ok() || index >= message_.attachments.size()) return Damaged();
  if (static_cast<SharedObject::Kind>(kind) == SharedObject::kValue) {
    v8::Local<v8::Value> value;
    if (!realm_->Unpack(std::static_pointer_cast<Value>(message_.attachments[index])).ToLocal(&value)) return {};
    return Remember(value);
  }
  if (static_cast<SharedObject::Kind>(kind) == SharedObject::kHostFunction) {
    v8::Local<v8::Object> hidden;
    v8::Local<v8::Value> function;
    if (!realm_->Wrap({SharedObject::kHostFunction, message_.attachments[index]}).ToLocal(&hidden) ||
        !realm_->Callable(hidden).ToLocal(&function)) {
      return {};
    }
    return Remember(function);
  }
  if (kind >= SharedObject::kKinds) return Damaged();
  v8::Local<v8::Object> handle;
  if (!realm_->Wrap({static_cast<SharedObject::Kind>(kind), message_.attachments[index]}).ToLocal(&handle)) return {};
  return Remember(handle);
}

v8::MaybeLocal<v8::Value> Decoder::ReadReference() {
  const uint64_t number = bytes_.Varint();
  v8::Local<v8::Value> value;
  if (!bytes_.ok() || !realm_->FindReference(number).ToLocal(&value)) return Damaged();
  return Remember(value);
}

v8::MaybeLocal<v8::Value> Decoder::ReadView() {
  const size_t at = objects_.size();
  objects_.emplace_back();
  const auto kind = static_cast<ViewKind>(bytes_.Byte());
  const bool length_tracking = bytes_.Byte() != 0;
  const uint64_t offset = bytes_.Varint();
  const uint64_t byte_length = bytes_.Varint();
  v8::Local<v8::Value> buffer;
  if (!bytes_.ok() || !Read().ToLocal(&buffer)) return {};

  size_t element = 1;
  const char* name = nullptr;
  switch (kind) {
#define ISOLATES_VIEW(type, bytes_per_element) \
  case ViewKind::k##type:                      \
    element = bytes_per_element;               \
    name = #type "Array";                      \
    break;
    ISOLATES_VIEW(Int8, 1)
    ISOLATES_VIEW(Uint8, 1)
    ISOLATES_VIEW(Uint8Clamped, 1)
    ISOLATES_VIEW(Int16, 2)
    ISOLATES_VIEW(Uint16, 2)
    ISOLATES_VIEW(Float16, 2)
    ISOLATES_VIEW(Int32, 4)
    ISOLATES_VIEW(Uint32, 4)
    ISOLATES_VIEW(Float32, 4)
    ISOLATES_VIEW(Float64, 8)
    ISOLATES_VIEW(BigInt64, 8)
    ISOLATES_VIEW(BigUint64, 8)
#undef ISOLATES_VIEW
    case ViewKind::kDataView:
      name = "DataView";
      break;
    default:
      return Damaged();
  }

  size_t buffer_length = 0;
  if (buffer->IsArrayBuffer()) {
    buffer_length = buffer.As<v8::ArrayBuffer>()->ByteLength();
  } else if (buffer->IsSharedArrayBuffer()) {
    buffer_length = buffer.As<v8::SharedArrayBuffer>()->ByteLength();
  } else {
    return Damaged();
  }
  if (offset > buffer_length || byte_length > buffer_length - offset || offset % element != 0 ||
      byte_length % element != 0) {
    return Damaged();
  }

  v8::Local<v8::Value> view;
  if (length_tracking) {
    // The V8 interface makes no such views; their constructor does when it gets no length.
    v8::Local<v8::Value> constructor;
    v8::Local<v8::Value> arguments[] = {buffer, v8::Number::New(isolate_, static_cast<double>(offset))};
    v8::Local<v8::Object> made;
    if (!context_->Global()->Get(context_, Literal(isolate_, name)).ToLocal(&constructor) ||
        !constructor->IsFunction() ||
        !constructor.As<v8::Function>()->NewInstance(context_, 2, arguments).ToLocal(&made)) {
      return {};
    }
    view = made;
  } else {
    const auto make = [&](auto typed_buffer) -> v8::Local<v8::Value> {
      switch (kind) {
#define ISOLATES_VIEW(type) \
  case ViewKind::k##type:   \
    return v8::type##Array::New(typed_buffer, offset, byte_length / element);
        ISOLATES_VIEW(Int8)
        ISOLATES_VIEW(Uint8)
        ISOLATES_VIEW(Uint8Clamped)
        ISOLATES_VIEW(Int16)
        ISOLATES_VIEW(Uint16)
        ISOLATES_VIEW(Int32)
        ISOLATES_VIEW(Uint32)
#if ISOLATES_V8_AT_LEAST(13, 6)
        ISOLATES_VIEW(Float16)
#endif
        ISOLATES_VIEW(Float32)
        ISOLATES_VIEW(Float64)
        ISOLATES_VIEW(BigInt64)
        ISOLATES_VIEW(BigUint64)
#undef ISOLATES_VIEW
        default:
          return v8::DataView::New(typed_buffer, offset, byte_length);
      }
    };
    view = buffer->IsArrayBuffer() ? make(buffer.As<v8::ArrayBuffer>()) : make(buffer.As<v8::SharedArrayBuffer>());
  }
  objects_[at] = view;
  return view;
}

}  // namespace isolates
