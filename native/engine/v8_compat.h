#ifndef ISOLATES_ENGINE_V8_COMPAT_H_
#define ISOLATES_ENGINE_V8_COMPAT_H_

#include <v8.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

// Where the V8 versions of Node 20 to 26 (11.3 to 14.6) differ in name only.
namespace isolates {

#define ISOLATES_V8_AT_LEAST(major, minor) \
  (V8_MAJOR_VERSION > (major) || (V8_MAJOR_VERSION == (major) && V8_MINOR_VERSION >= (minor)))

inline void WriteOneByte(v8::Isolate* isolate, v8::Local<v8::String> text, uint8_t* to, int length, int start = 0) {
#if ISOLATES_V8_AT_LEAST(13, 6)
  text->WriteOneByteV2(isolate, static_cast<uint32_t>(start), static_cast<uint32_t>(length), to);
#else
  text->WriteOneByte(isolate, to, start, length, v8::String::NO_NULL_TERMINATION);
#endif
}

inline void WriteTwoByte(v8::Isolate* isolate, v8::Local<v8::String> text, uint16_t* to, int length) {
#if ISOLATES_V8_AT_LEAST(13, 6)
  text->WriteV2(isolate, 0, static_cast<uint32_t>(length), to);
#else
  text->Write(isolate, to, 0, length, v8::String::NO_NULL_TERMINATION);
#endif
}

// UTF-8; lone surrogates become U+FFFD.
inline std::string ToUtf8(v8::Isolate* isolate, v8::Local<v8::String> text) {
  std::string out;
#if ISOLATES_V8_AT_LEAST(13, 6)
  out.resize(text->Utf8LengthV2(isolate));
  text->WriteUtf8V2(isolate, out.data(), out.size(), v8::String::WriteFlags::kReplaceInvalidUtf8);
#else
  out.resize(static_cast<size_t>(text->Utf8Length(isolate)));
  text->WriteUtf8(isolate, out.data(), static_cast<int>(out.size()), nullptr,
                  v8::String::NO_NULL_TERMINATION | v8::String::REPLACE_INVALID_UTF8);
#endif
  return out;
}

// Empty when the text is longer than V8's strings can be.
inline v8::MaybeLocal<v8::String> FromUtf8(v8::Isolate* isolate, std::string_view text) {
  if (text.size() > static_cast<size_t>(v8::String::kMaxLength)) return {};
  return v8::String::NewFromUtf8(isolate, text.data(), v8::NewStringType::kNormal, static_cast<int>(text.size()));
}

// For names and messages of our own, which are short ASCII.
inline v8::Local<v8::String> Literal(v8::Isolate* isolate, std::string_view text) {
  return v8::String::NewFromOneByte(isolate, reinterpret_cast<const uint8_t*>(text.data()),
                                    v8::NewStringType::kInternalized, static_cast<int>(text.size()))
      .ToLocalChecked();
}

inline void SetPrototype(v8::Local<v8::Context> context, v8::Local<v8::Object> object, v8::Local<v8::Value> prototype) {
#if ISOLATES_V8_AT_LEAST(13, 6)
  object->SetPrototypeV2(context, prototype).Check();
#else
  object->SetPrototype(context, prototype).Check();
#endif
}

inline v8::Local<v8::Value> GetPrototype(v8::Local<v8::Object> object) {
#if ISOLATES_V8_AT_LEAST(13, 6)
  return object->GetPrototypeV2();
#else
  return object->GetPrototype();
#endif
}

inline v8::ScriptOrigin MakeOrigin(v8::Isolate* isolate, v8::Local<v8::Value> name, int line, int column) {
#if ISOLATES_V8_AT_LEAST(12, 4)
  (void)isolate;
  return v8::ScriptOrigin(name, line, column);
#else
  return v8::ScriptOrigin(isolate, name, line, column);
#endif
}

// `options` are what the embedder tells by who imports.
inline v8::ScriptOrigin MakeImportingOrigin(v8::Isolate* isolate, v8::Local<v8::Value> name, int line, int column,
                                            v8::Local<v8::Data> options) {
#if ISOLATES_V8_AT_LEAST(12, 4)
  (void)isolate;
  return v8::ScriptOrigin(name, line, column, false, -1, {}, false, false, false, options);
#else
  return v8::ScriptOrigin(isolate, name, line, column, false, -1, {}, false, false, false, options);
#endif
}

inline v8::ScriptOrigin MakeModuleOrigin(v8::Isolate* isolate, v8::Local<v8::Value> name) {
#if ISOLATES_V8_AT_LEAST(12, 4)
  (void)isolate;
  return v8::ScriptOrigin(name, 0, 0, false, -1, {}, false, false, true);
#else
  return v8::ScriptOrigin(isolate, name, 0, 0, false, -1, {}, false, false, true);
#endif
}

inline v8::Local<v8::FixedArray> ImportAttributes(v8::Local<v8::ModuleRequest> request) {
#if ISOLATES_V8_AT_LEAST(12, 4)
  return request->GetImportAttributes();
#else
  return request->GetImportAssertions();
#endif
}

inline v8::Local<v8::Data> ElementAt(v8::Local<v8::Context> context, v8::Local<v8::FixedArray> array, int index) {
#if ISOLATES_V8_AT_LEAST(14, 0)
  (void)context;
  return array->Get(index);
#else
  return array->Get(context, index);
#endif
}

inline v8::Local<v8::Module> NewSyntheticModule(v8::Isolate* isolate, v8::Local<v8::String> name,
                                                const std::vector<v8::Local<v8::String>>& exports,
                                                v8::Module::SyntheticModuleEvaluationSteps evaluate) {
#if ISOLATES_V8_AT_LEAST(12, 4)
  return v8::Module::CreateSyntheticModule(
      isolate, name, v8::MemorySpan<const v8::Local<v8::String>>(exports.data(), exports.size()), evaluate);
#else
  return v8::Module::CreateSyntheticModule(isolate, name, exports, evaluate);
#endif
}

inline v8::Local<v8::External> NewExternal(v8::Isolate* isolate, void* pointer) {
#if ISOLATES_V8_AT_LEAST(14, 0)
  return v8::External::New(isolate, pointer, v8::kExternalPointerTypeTagDefault);
#else
  return v8::External::New(isolate, pointer);
#endif
}

inline void* ExternalPointer(v8::Local<v8::Value> external) {
#if ISOLATES_V8_AT_LEAST(14, 0)
  return external.As<v8::External>()->Value(v8::kExternalPointerTypeTagDefault);
#else
  return external.As<v8::External>()->Value();
#endif
}

// False when the string cannot be one whose characters are outside of the heap; the resource stays the caller's.
template <class Resource>
bool MakeExternal(v8::Isolate* isolate, v8::Local<v8::String> text, Resource* resource) {
  constexpr bool kOneByte = std::is_base_of_v<v8::String::ExternalOneByteStringResource, Resource>;
  if (!text->CanMakeExternal(kOneByte ? v8::String::ONE_BYTE_ENCODING : v8::String::TWO_BYTE_ENCODING)) return false;
#if ISOLATES_V8_AT_LEAST(13, 6)
  return text->MakeExternal(isolate, resource);
#else
  (void)isolate;
  return text->MakeExternal(resource);
#endif
}

// Tells the collector that objects of the heap keep so much more (or less) memory outside of it. May collect garbage.
inline void AdjustExternalMemory(v8::Isolate* isolate, int64_t bytes) {
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif
  // What V8 13 has in its place is in no header that Node installs.
  isolate->AdjustAmountOfExternalAllocatedMemory(bytes);
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
}

inline void SetInternalPointer(v8::Local<v8::Object> object, int field, void* pointer) {
#if ISOLATES_V8_AT_LEAST(14, 0)
  object->SetAlignedPointerInInternalField(field, pointer, v8::kEmbedderDataTypeTagDefault);
#else
  object->SetAlignedPointerInInternalField(field, pointer);
#endif
}

inline void* InternalPointer(v8::Local<v8::Object> object, int field) {
#if ISOLATES_V8_AT_LEAST(14, 0)
  return object->GetAlignedPointerFromInternalField(field, v8::kEmbedderDataTypeTagDefault);
#else
  return object->GetAlignedPointerFromInternalField(field);
#endif
}

}  // namespace isolates

#endif  // ISOLATES_ENGINE_V8_COMPAT_H_
