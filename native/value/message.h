#ifndef ISOLATES_VALUE_MESSAGE_H_
#define ISOLATES_VALUE_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace isolates {

// How each value in a message's bytes begins.
enum class Tag : uint8_t {
  kUndefined,
  kNull,
  kFalse,
  kTrue,
  kInt32,          // zigzag varint
  kDouble,         // 8 bytes
  kBigInt,         // sign byte, word count, words
  kOneByteString,  // length, bytes
  kTwoByteString,  // length in bytes, padding to 2, bytes
  kSharedString,   // attachment index: a Value, for strings so long that a copy costs more than sharing
  kBackReference,  // index of an object that came before
  kObject,         // (key, value)..., kEnd
  kArray,          // length, shared flag, values (kHole where there is none)
  kHole,
  kSparseArray,  // length, (key, value)..., kEnd
  kEnd,
  kDate,               // double
  kRegExp,             // source value, flags
  kMap,                // (key, value)..., kEnd
  kSet,                // value..., kEnd
  kBooleanObject,      // byte
  kNumberObject,       // double
  kStringObject,       // string value
  kBigIntObject,       // bigint value
  kError,              // ErrorKind, (ErrorField, value)..., ErrorField::kEnd, (key, value)..., kEnd
  kDescribed,          // text in place of an object that cannot cross
  kArrayBuffer,        // flags, byte length, max byte length, padding to 8, bytes
  kArrayBufferBlock,   // attachment index: a ByteBlock, for so many bytes that a second copy costs
  kMovedArrayBuffer,   // attachment index
  kSharedArrayBuffer,  // attachment index
  kWasmModule,         // attachment index
  kShared,             // SharedObject::Kind, attachment index
  kReference,          // number of a value that the reader keeps
  kView,               // view kind, length-tracking flag, byte offset, length, then its buffer as a value
};

enum class ViewKind : uint8_t {
  kDataView,
  kInt8,
  kUint8,
  kUint8Clamped,
  kInt16,
  kUint16,
  kInt32,
  kUint32,
  kFloat16,
  kFloat32,
  kFloat64,
  kBigInt64,
  kBigUint64,
};

enum class ErrorField : uint8_t { kEnd, kName, kMessage, kStack, kCause, kErrors };

enum class ErrorKind : uint8_t {
  kError,
  kEvalError,
  kRangeError,
  kReferenceError,
  kSyntaxError,
  kTypeError,
  kURIError,
  kAggregateError
};

// Undefined, null, booleans and numbers are most of what calls carry: they need no buffer.
struct Scalar {
  enum class Kind : uint8_t { kUndefined, kNull, kFalse, kTrue, kNumber, kEncoded };

  Kind kind = Kind::kUndefined;
  double number = 0;
};

// A value on its way between two heaps: a scalar, or (kEncoded) bytes. Immutable once made; the attachments are what
// bytes cannot carry (the memory of moved and shared buffers, compiled modules), kept type-erased because this layer
// knows no V8.
//
// Threads: any, one at a time.
// Owns: its bytes and a share of each attachment.
struct Message : Scalar {
  std::vector<uint8_t> bytes;
  std::vector<std::shared_ptr<void>> attachments;
  bool plain = false;        // the bytes are lists of lib/shared/plain.ts
  bool has_handles = false;  // some of the attachments are shared objects
  size_t moved_bytes = 0;    // of the memory among the attachments that has no other owner

  size_t size() const { return bytes.size() + moved_bytes; }
};

}  // namespace isolates

#endif  // ISOLATES_VALUE_MESSAGE_H_
