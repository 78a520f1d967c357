#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "engine/encoder.h"
#include "engine/realm.h"
#include "engine/v8_compat.h"
#include "value/byte_block.h"

// The kinds of objects that are more than a bag of properties.
namespace isolates {

namespace {

struct NamedErrorKind {
  std::string_view name;
  ErrorKind kind;
};

constexpr NamedErrorKind kErrorKinds[] = {
    {"Error", ErrorKind::kError},
    {"EvalError", ErrorKind::kEvalError},
    {"RangeError", ErrorKind::kRangeError},
    {"ReferenceError", ErrorKind::kReferenceError},
    {"SyntaxError", ErrorKind::kSyntaxError},
    {"TypeError", ErrorKind::kTypeError},
    {"URIError", ErrorKind::kURIError},
    {"AggregateError", ErrorKind::kAggregateError},
};

const NamedErrorKind* FindKind(std::string_view name) {
  for (const NamedErrorKind& candidate : kErrorKinds) {
    if (candidate.name == name) return &candidate;
  }
  return nullptr;
}

ViewKind KindOf(v8::Local<v8::ArrayBufferView> view) {
  if (view->IsUint8Array()) return ViewKind::kUint8;
  if (view->IsFloat64Array()) return ViewKind::kFloat64;
  if (view->IsInt32Array()) return ViewKind::kInt32;
  if (view->IsUint32Array()) return ViewKind::kUint32;
  if (view->IsFloat32Array()) return ViewKind::kFloat32;
  if (view->IsInt8Array()) return ViewKind::kInt8;
  if (view->IsUint8ClampedArray()) return ViewKind::kUint8Clamped;
  if (view->IsInt16Array()) return ViewKind::kInt16;
  if (view->IsUint16Array()) return ViewKind::kUint16;
  if (view->IsBigInt64Array()) return ViewKind::kBigInt64;
  if (view->IsBigUint64Array()) return ViewKind::kBigUint64;
#if ISOLATES_V8_AT_LEAST(13, 6)
  if (view->IsFloat16Array()) return ViewKind::kFloat16;
#endif
  return ViewKind::kDataView;
}

// The lines before the first that begins as a frame does.
v8::Local<v8::String> WithoutFrames(v8::Isolate* isolate, v8::Local<v8::String> stack) {
  const std::string text = ToUtf8(isolate, stack);
  const size_t end = text.find("\n    at ");
  v8::Local<v8::String> rest;
  if (end == std::string::npos || !FromUtf8(isolate, std::string_view(text).substr(0, end)).ToLocal(&rest)) {
    return end == std::string::npos ? stack : v8::String::Empty(isolate);
  }
  return rest;
}

}  // namespace

bool Encoder::WriteExotic(v8::Local<v8::Object> object) {
  // A proxy first: nothing else may be asked of it without running its traps.
  if (object->IsProxy()) return Refuse("a Proxy");
  if (object->IsFunction()) return WriteExport(object, [] { return "a function"; });
  if (object->IsDate()) {
    WriteTag(Tag::kDate);
    bytes_.Double(object.As<v8::Date>()->ValueOf());
    return true;
  }
  if (object->IsMap()) return WriteMap(object.As<v8::Map>());
  if (object->IsSet()) return WriteSet(object.As<v8::Set>());
  if (object->IsNativeError()) return WriteError(object);
  if (object->IsArrayBufferView()) return WriteView(object.As<v8::ArrayBufferView>());
  if (object->IsArrayBuffer()) return WriteArrayBuffer(object.As<v8::ArrayBuffer>());
  if (object->IsSharedArrayBuffer()) {
    WriteAttachment(Tag::kSharedArrayBuffer, object.As<v8::SharedArrayBuffer>()->GetBackingStore());
    return true;
  }
  if (object->IsRegExp()) {
    WriteTag(Tag::kRegExp);
    WriteString(object.As<v8::RegExp>()->GetSource());
    bytes_.Varint(static_cast<uint64_t>(object.As<v8::RegExp>()->GetFlags()));
    return true;
  }
  if (object->IsBooleanObject()) {
    WriteTag(Tag::kBooleanObject);
    bytes_.Byte(object.As<v8::BooleanObject>()->ValueOf() ? 1 : 0);
    return true;
  }
  if (object->IsNumberObject()) {
    WriteTag(Tag::kNumberObject);
    bytes_.Double(object.As<v8::NumberObject>()->ValueOf());
    return true;
  }
  if (object->IsStringObject()) {
    WriteTag(Tag::kStringObject);
    WriteString(object.As<v8::StringObject>()->ValueOf());
    return true;
  }
  if (object->IsBigIntObject()) {
    WriteTag(Tag::kBigIntObject);
    WriteBigInt(object.As<v8::BigIntObject>()->ValueOf());
    return true;
  }
  if (object->IsWasmModuleObject()) {
    WriteAttachment(Tag::kWasmModule,
                    std::make_shared<v8::CompiledWasmModule>(object.As<v8::WasmModuleObject>()->GetCompiledModule()));
    return true;
  }
  if (object->IsArgumentsObject()) {
    WriteTag(Tag::kObject);
    return WriteProperties(object, v8::IndexFilter::kIncludeIndices);
  }
  if (const SharedObject* shared = Realm::Unwrap(object)) {
    has_handles_ = true;
    WriteTag(Tag::kShared);
    bytes_.Byte(static_cast<uint8_t>(shared->kind));
    bytes_.Varint(attachments_.size());
    attachments_.push_back(shared->target);
    return true;
  }
  return WriteExport(object, [&] { return "a " + ToUtf8(isolate_, object->GetConstructorName()); });
}

void Encoder::EncodeShared(const SharedObject& shared, Message* message) {
  message->kind = Message::Kind::kEncoded;
  message->bytes = {static_cast<uint8_t>(Tag::kShared), static_cast<uint8_t>(shared.kind), 0};
  message->attachments = {shared.target};
}

bool Encoder::WriteMap(v8::Local<v8::Map> map) {
  WriteTag(Tag::kMap);
  const v8::Local<v8::Array> entries = map->AsArray();
  const uint32_t length = entries->Length();
  for (uint32_t i = 0; i < length; ++i) {
    v8::Local<v8::Value> value;
    if (!entries->Get(context_, i).ToLocal(&value)) return false;
    if (Write(value)) continue;
    if (failure_.empty()) return false;
    if (i % 2 == 0) {
      At(".keys()[" + std::to_string(i / 2) + "]");
    } else {
      v8::Local<v8::Value> key;
      if (!entries->Get(context_, i - 1).ToLocal(&key)) return false;
      At(key->IsString()   ? ".get('" + ToUtf8(isolate_, key.As<v8::String>()) + "')"
         : key->IsNumber() ? ".get(" + ToUtf8(isolate_, key->ToString(context_).ToLocalChecked()) + ")"
                           : ".values()[" + std::to_string(i / 2) + "]");
    }
    return false;
  }
  WriteTag(Tag::kEnd);
  return true;
}

bool Encoder::WriteSet(v8::Local<v8::Set> set) {
  WriteTag(Tag::kSet);
  const v8::Local<v8::Array> values = set->AsArray();
  const uint32_t length = values->Length();
  for (uint32_t i = 0; i < length; ++i) {
    v8::Local<v8::Value> value;
    if (!values->Get(context_, i).ToLocal(&value)) return false;
    if (Write(value)) continue;
    if (!failure_.empty()) At(".values()[" + std::to_string(i) + "]");
    return false;
  }
  WriteTag(Tag::kEnd);
  return true;
}

bool Encoder::WriteArrayBuffer(v8::Local<v8::ArrayBuffer> buffer) {
  for (const v8::Local<v8::ArrayBuffer>& moved : transfer_) {
    if (moved != buffer) continue;
    moved_bytes_ += buffer->ByteLength();
    WriteAttachment(Tag::kMovedArrayBuffer, buffer->GetBackingStore());
    return true;
  }
  if (buffer->WasDetached()) return Refuse("a detached ArrayBuffer");
  // The store keeps the memory in place and tells its size once: a resizable buffer may shrink while it is read.
  const std::shared_ptr<v8::BackingStore> store = buffer->GetBackingStore();
  const size_t length = buffer->ByteLength();
  const bool resizable = store->IsResizableByUserJavaScript();
  if (IsTooBig(length)) return false;
  if (!resizable && length >= ByteBlock::kWorthwhile) {
    if (std::shared_ptr<ByteBlock> block = ByteBlock::CopyOf(store->Data(), length)) {
      moved_bytes_ += length;
      WriteAttachment(Tag::kArrayBufferBlock, std::move(block));
      return true;
    }
  }
  WriteTag(Tag::kArrayBuffer);
  bytes_.Byte(resizable ? 1 : 0);
  bytes_.Varint(length);
  bytes_.Varint(resizable ? buffer->MaxByteLength() : length);
  bytes_.Align(8);
  bytes_.Raw(store->Data(), length);
  return true;
}

void Encoder::WriteAttachment(Tag tag, std::shared_ptr<void> attachment) {
  WriteTag(tag);
  bytes_.Varint(attachments_.size());
  attachments_.push_back(std::move(attachment));
}

ErrorKind Encoder::KindOfClass(v8::Local<v8::Object> error) {
  // An error with a name of its own is still a kind of what it was derived from: the prototypes up there know their
  // names.
  constexpr int kDeepest = 16;
  v8::Local<v8::Value> prototype = GetPrototype(error);
  for (int depth = 0; depth < kDeepest && prototype->IsObject() && !prototype->IsProxy(); ++depth) {
    const v8::Local<v8::Object> object = prototype.As<v8::Object>();
    v8::Local<v8::Value> name;
    v8::TryCatch quiet(isolate_);
    const bool read = object->GetRealNamedProperty(context_, Literal(isolate_, "name")).ToLocal(&name);
    terminated_ = terminated_ || quiet.HasTerminated();
    if (read && name->IsString()) {
      const NamedErrorKind* known = FindKind(ToUtf8(isolate_, name.As<v8::String>()));
      if (known != nullptr) return known->kind;
    }
    prototype = GetPrototype(object);
  }
  return ErrorKind::kError;
}

bool Encoder::WriteError(v8::Local<v8::Object> error) {
  WriteTag(Tag::kError);
  const auto read = [&](std::string_view name, v8::Local<v8::Value>* value) {
    return Read(error, Literal(isolate_, name), value) || (strictness_ == Strictness::kLenient && !terminated_);
  };
  const auto owns = [&](std::string_view name) {
    return error->HasOwnProperty(context_, Literal(isolate_, name)).FromMaybe(false);
  };
  const auto field = [&](ErrorField which) { bytes_.Byte(static_cast<uint8_t>(which)); };

  v8::Local<v8::Value> name;
  if (!read("name", &name)) return false;
  const std::string name_text = !name.IsEmpty() && name->IsString() ? ToUtf8(isolate_, name.As<v8::String>()) : "Error";
  const NamedErrorKind* known = FindKind(name_text);
  bytes_.Byte(static_cast<uint8_t>(known == nullptr ? KindOfClass(error) : known->kind));

  if (known == nullptr) {
    field(ErrorField::kName);
    bytes_.String(name_text);
  } else if (strictness_ == Strictness::kLenient && !owns("name")) {
    // A subclass that left `name` alone is still best known by its own name.
    const std::string class_name = ToUtf8(isolate_, error->GetConstructorName());
    if (class_name != name_text && class_name != "Object") {
      field(ErrorField::kName);
      bytes_.String(class_name);
    }
  }
  v8::Local<v8::Value> value;
  if (!read("message", &value)) return false;
  // An empty one is that of the prototype, unless the error has it itself; a DOMException's comes by a getter up there.
  if (!value.IsEmpty() && value->IsString() && (value.As<v8::String>()->Length() > 0 || owns("message"))) {
    field(ErrorField::kMessage);
    WriteString(value.As<v8::String>());
  }
  value.Clear();
  if (!read("stack", &value)) return false;
  if (!value.IsEmpty() && value->IsString()) {
    field(ErrorField::kStack);
    WriteString(hides_stacks_ ? WithoutFrames(isolate_, value.As<v8::String>()) : value.As<v8::String>());
  }
  for (const auto& [which, key] : {std::pair{ErrorField::kCause, "cause"}, std::pair{ErrorField::kErrors, "errors"}}) {
    if (!owns(key)) continue;
    value.Clear();
    if (!read(key, &value)) return false;
    if (value.IsEmpty()) continue;
    field(which);
    if (Write(value)) continue;
    if (!failure_.empty()) At(std::string(".") + key);
    return false;
  }
  field(ErrorField::kEnd);
  return WriteProperties(error, v8::IndexFilter::kIncludeIndices);
}

bool Encoder::IsLengthTracking(v8::Local<v8::ArrayBufferView> view, v8::Local<v8::ArrayBuffer> buffer) {
  if (!buffer->GetBackingStore()->IsResizableByUserJavaScript()) return false;
  // V8 tells nobody but its own serializer. The buffer is declared as transferred, so that it writes only the view; the
  // view's flags are the last byte, and bit 0 says that its length follows the buffer's.
  v8::ValueSerializer serializer(isolate_);
  serializer.TransferArrayBuffer(0, buffer);
  v8::TryCatch quiet(isolate_);
  const bool written = serializer.WriteValue(context_, view).FromMaybe(false);
  const std::pair<uint8_t*, size_t> out = serializer.Release();
  const bool tracking = written && out.second > 0 && (out.first[out.second - 1] & 1) != 0;
  std::free(out.first);
  return tracking;
}

bool Encoder::WriteView(v8::Local<v8::ArrayBufferView> view) {
  const v8::Local<v8::ArrayBuffer> buffer = view->Buffer();
  const ViewKind kind = KindOf(view);
  WriteTag(Tag::kView);
  bytes_.Byte(static_cast<uint8_t>(kind));
  bytes_.Byte(buffer->IsArrayBuffer() && IsLengthTracking(view, buffer) ? 1 : 0);
  bytes_.Varint(view->ByteOffset());
  bytes_.Varint(view->ByteLength());
  return WriteObject(buffer);
}

}  // namespace isolates
