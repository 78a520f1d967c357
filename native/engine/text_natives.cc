#include "engine/text_natives.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "engine/native_function.h"
#include "engine/v8_compat.h"

namespace isolates {

namespace {

v8::Local<v8::Value> Refuse(Realm* realm) {
  v8::Isolate* isolate = realm->isolate();
  isolate->ThrowException(v8::Exception::TypeError(Literal(isolate, "Invalid arguments")));
  return {};
}

size_t Utf8Length(v8::Isolate* isolate, v8::Local<v8::String> text) {
#if ISOLATES_V8_AT_LEAST(13, 6)
  return text->Utf8LengthV2(isolate);
#else
  return static_cast<size_t>(text->Utf8Length(isolate));
#endif
}

// Whole characters only; gives the bytes written.
size_t WriteUtf8(v8::Isolate* isolate, v8::Local<v8::String> text, char* to, size_t room, size_t* read) {
#if ISOLATES_V8_AT_LEAST(13, 6)
  return text->WriteUtf8V2(isolate, to, room, v8::String::WriteFlags::kReplaceInvalidUtf8, read);
#else
  int characters = 0;
  const int most = static_cast<int>(std::min(room, size_t{1} << 30));
  const int written = text->WriteUtf8(isolate, to, most, &characters,
                                      v8::String::NO_NULL_TERMINATION | v8::String::REPLACE_INVALID_UTF8);
  *read = static_cast<size_t>(characters);
  return static_cast<size_t>(written);
#endif
}

// (text) => its UTF-8 as a Uint8Array
v8::Local<v8::Value> EncodeUtf8(Realm* realm, const Arguments& arguments) {
  if (!arguments[0]->IsString()) return Refuse(realm);
  v8::Isolate* isolate = realm->isolate();
  const v8::Local<v8::String> text = arguments[0].As<v8::String>();
  const size_t length = Utf8Length(isolate, text);
  std::unique_ptr<v8::BackingStore> store = realm->allocator()->NewStore(isolate, nullptr, length);
  if (store == nullptr) {
    isolate->ThrowException(v8::Exception::RangeError(Literal(isolate, "Array buffer allocation failed")));
    return {};
  }
  size_t read = 0;
  if (length > 0) WriteUtf8(isolate, text, static_cast<char*>(store->Data()), length, &read);
  return v8::Uint8Array::New(v8::ArrayBuffer::New(isolate, std::move(store)), 0, length);
}

// (text, Uint8Array) => [UTF-16 units read, bytes written]
v8::Local<v8::Value> EncodeUtf8Into(Realm* realm, const Arguments& arguments) {
  if (!arguments[0]->IsString() || !arguments[1]->IsUint8Array()) return Refuse(realm);
  v8::Isolate* isolate = realm->isolate();
  const v8::Local<v8::Uint8Array> into = arguments[1].As<v8::Uint8Array>();
  const size_t room = into->ByteLength();
  size_t read = 0;
  size_t written = 0;
  if (room > 0) {
    auto* to = static_cast<char*>(into->Buffer()->Data()) + into->ByteOffset();
    written = WriteUtf8(isolate, arguments[0].As<v8::String>(), to, room, &read);
  }
  v8::Local<v8::Value> answer[] = {v8::Number::New(isolate, static_cast<double>(read)),
                                   v8::Number::New(isolate, static_cast<double>(written))};
  return v8::Array::New(isolate, answer, 2);
}

// The length of the longest start of `bytes` that is whole and valid UTF-8.
size_t ValidUtf8(const uint8_t* bytes, size_t length) {
  size_t at = 0;
  while (at < length) {
    while (at + 8 <= length) {
      uint64_t eight;
      std::memcpy(&eight, bytes + at, 8);
      if ((eight & 0x8080808080808080) != 0) break;
      at += 8;
    }
    if (at == length) break;
    const uint8_t first = bytes[at];
    if (first < 0x80) {
      ++at;
      continue;
    }
    const size_t more = first >= 0xC2 && first <= 0xDF   ? 1
                        : (first & 0xF0) == 0xE0         ? 2
                        : first >= 0xF0 && first <= 0xF4 ? 3
                                                         : 0;
    if (more == 0 || at + more >= length) return at;
    // The second byte's range keeps out overlong forms, surrogates and what is beyond Unicode.
    const uint8_t low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const uint8_t high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (bytes[at + 1] < low || bytes[at + 1] > high) return at;
    for (size_t i = 2; i <= more; ++i) {
      if ((bytes[at + i] & 0xC0) != 0x80) return at;
    }
    at += more + 1;
  }
  return at;
}

// (ArrayBufferView, from, to, whether it must be valid) => the text; undefined when it is not valid, or too long
v8::Local<v8::Value> DecodeUtf8(Realm* realm, const Arguments& arguments) {
  if (!arguments[0]->IsArrayBufferView() || !arguments[1]->IsUint32() || !arguments[2]->IsUint32())
    return Refuse(realm);
  v8::Isolate* isolate = realm->isolate();
  const v8::Local<v8::ArrayBufferView> view = arguments[0].As<v8::ArrayBufferView>();
  const size_t to = std::min<size_t>(arguments[2].As<v8::Uint32>()->Value(), view->ByteLength());
  const size_t from = std::min<size_t>(arguments[1].As<v8::Uint32>()->Value(), to);
  // Other threads may change shared memory at any time, and V8 reads twice: once for the length of the string.
  std::string copy;
  const char* bytes = "";
  if (to > from) {
    const v8::Local<v8::Value> buffer = view->Buffer();
    if (buffer->IsSharedArrayBuffer() || view->HasBuffer() == false) {
      copy.resize(view->ByteLength());
      copy.resize(view->CopyContents(copy.data(), copy.size()));
      bytes = copy.data() + from;
    } else {
      bytes = static_cast<const char*>(view->Buffer()->Data()) + view->ByteOffset() + from;
    }
  }
  const size_t length = to - from;
  if (arguments[3]->IsTrue() && ValidUtf8(reinterpret_cast<const uint8_t*>(bytes), length) != length) return {};
  v8::Local<v8::String> text;
  if (!FromUtf8(isolate, {bytes, length}).ToLocal(&text)) return {};
  return text;
}

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Characters that are encoded at a time, a multiple of 3: beside the text and the result there is no third copy.
constexpr int kPieceOfText = 24 << 10;

char* EncodeThree(uint32_t three, char* to) {
  for (int shift = 18; shift >= 0; shift -= 6) *to++ = kAlphabet[three >> shift & 63];
  return to;
}

// (text of characters up to U+00FF) => its base64; undefined for other text, or a result that is too long
v8::Local<v8::Value> EncodeBase64(Realm* realm, const Arguments& arguments) {
  if (!arguments[0]->IsString()) return Refuse(realm);
  v8::Isolate* isolate = realm->isolate();
  const v8::Local<v8::String> text = arguments[0].As<v8::String>();
  if (!text->ContainsOnlyOneByte()) return {};
  const int length = text->Length();
  const size_t size = (static_cast<size_t>(length) + 2) / 3 * 4;
  if (size > static_cast<size_t>(v8::String::kMaxLength)) return {};
  const std::unique_ptr<char[]> out(new (std::nothrow) char[size]);
  if (out == nullptr) {
    isolate->ThrowException(v8::Exception::RangeError(Literal(isolate, "No memory for so long a text")));
    return {};
  }
  std::array<uint8_t, kPieceOfText + 2> bytes;
  char* to = out.get();
  for (int at = 0; at < length; at += kPieceOfText) {
    const int some = std::min(length - at, kPieceOfText);
    WriteOneByte(isolate, text, bytes.data(), some, at);
    bytes[static_cast<size_t>(some)] = bytes[static_cast<size_t>(some) + 1] = 0;
    for (size_t i = 0; i < static_cast<size_t>(some); i += 3) {
      to = EncodeThree(uint32_t{bytes[i]} << 16 | uint32_t{bytes[i + 1]} << 8 | uint32_t{bytes[i + 2]}, to);
    }
  }
  for (int missing = (3 - length % 3) % 3; missing > 0; --missing) to[-missing] = '=';
  v8::Local<v8::String> result;
  if (!v8::String::NewFromOneByte(isolate, reinterpret_cast<const uint8_t*>(out.get()), v8::NewStringType::kNormal,
                                  static_cast<int>(size))
           .ToLocal(&result)) {
    return {};
  }
  return result;
}

int DigitOf(char character) {
  if (character >= 'A' && character <= 'Z') return character - 'A';
  if (character >= 'a' && character <= 'z') return character - 'a' + 26;
  if (character >= '0' && character <= '9') return character - '0' + 52;
  return character == '+' ? 62 : character == '/' ? 63 : -1;
}

bool IsSpace(char character) {
  return character == ' ' || character == '\t' || character == '\n' || character == '\f' || character == '\r';
}

// "Forgiving-base64 decode" of the Infra Standard. False for what is none.
bool Decode(std::string text, std::string* out) {
  text.erase(std::remove_if(text.begin(), text.end(), IsSpace), text.end());
  if (text.size() % 4 == 0) {
    for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) text.pop_back();
  }
  if (text.size() % 4 == 1) return false;
  out->reserve(text.size() / 4 * 3 + 2);
  uint32_t bits = 0;
  int count = 0;
  for (const char character : text) {
    const int digit = DigitOf(character);
    if (digit < 0) return false;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out->push_back(static_cast<char>(bits >> count & 0xFF));
  }
  return true;
}

// (base64) => the text of its bytes as characters up to U+00FF; undefined for what is no base64
v8::Local<v8::Value> DecodeBase64(Realm* realm, const Arguments& arguments) {
  if (!arguments[0]->IsString()) return Refuse(realm);
  v8::Isolate* isolate = realm->isolate();
  const v8::Local<v8::String> text = arguments[0].As<v8::String>();
  if (!text->ContainsOnlyOneByte()) return {};
  std::string characters(static_cast<size_t>(text->Length()), '\0');
  WriteOneByte(isolate, text, reinterpret_cast<uint8_t*>(characters.data()), text->Length());
  std::string out;
  v8::Local<v8::String> result;
  if (!Decode(std::move(characters), &out) ||
      !v8::String::NewFromOneByte(isolate, reinterpret_cast<const uint8_t*>(out.data()), v8::NewStringType::kNormal,
                                  static_cast<int>(out.size()))
           .ToLocal(&result)) {
    return {};
  }
  return result;
}

}  // namespace

void AddTextNatives(Realm* realm, v8::Local<v8::Object> natives) {
  AddNative<EncodeUtf8>(realm, natives, "encodeUtf8");
  AddNative<EncodeUtf8Into>(realm, natives, "encodeUtf8Into");
  AddNative<DecodeUtf8>(realm, natives, "decodeUtf8");
  AddNative<EncodeBase64>(realm, natives, "encodeBase64");
  AddNative<DecodeBase64>(realm, natives, "decodeBase64");
}

}  // namespace isolates
