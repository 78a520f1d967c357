#ifndef ISOLATES_ENGINE_ENCODER_H_
#define ISOLATES_ENGINE_ENCODER_H_

#include <v8.h>

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/property_path.h"
#include "engine/realm.h"
#include "engine/shared_object.h"
#include "value/bytes.h"
#include "value/message.h"

namespace isolates {

// Writes one value of a heap into a Message: what structured clone carries, plus errors whole (own properties, cause).
//
// Threads: the one that holds the isolate's lock. One encoder makes one message.
// Runs user code (getters): call it where user code may run, with a v8::TryCatch around.
class Encoder {
 public:
  enum class Strictness {
    // A value that cannot cross fails the whole.
    kStrict,
    // It is replaced by its description, and methods and throwing getters are left out: for errors, which must always
    // arrive.
    kLenient,
  };

  // What goes in place of a function or an object that cannot be copied.
  struct Export {
    enum class Kind : uint8_t { kNone, kHostFunction, kReference, kThrew };
    Kind kind = Kind::kNone;
    std::shared_ptr<void> function{};
    uint64_t reference = 0;
  };
  // May run JavaScript, and leave an exception pending.
  using Exporter = std::function<Export(v8::Local<v8::Object> object)>;

  explicit Encoder(Realm* realm, Strictness strictness = Strictness::kStrict)
      : realm_(realm),
        isolate_(realm->isolate()),
        context_(realm->context()),
        strictness_(strictness),
        most_(realm->most_message()) {}

  // These buffers are moved instead of copied, wherever they occur in the value. False, with failure() set, when one of
  // them is not an ArrayBuffer that can be moved.
  bool SetTransfer(const std::vector<v8::Local<v8::Value>>& list);
  // Encode() leaves the detaching of those buffers to its caller, who does not know yet whether the value will go. Both
  // sides have the memory until then, so it must be done before any JavaScript runs here.
  void LeaveAttached() { detaches_ = false; }

  void UseExporter(Exporter exporter) { exporter_ = std::move(exporter); }
  // The value may take so many bytes on its way.
  void SetMost(size_t bytes) { most_ = bytes; }
  // Errors go without their frames, which name files.
  void HideStacks() { hides_stacks_ = true; }

  // False when the value cannot cross (failure() is not empty) or when user code threw (the exception is pending).
  bool Encode(v8::Local<v8::Value> value, Message* message);
  // The values as one array, so that what they share stays shared.
  bool EncodeAll(const std::vector<v8::Local<v8::Value>>& values, Message* message);

  // Something that is shared, alone.
  static void EncodeShared(const SharedObject& shared, Message* message);

  // Why the value could not cross, as `TypeOfValue`; and where, as a path from the root: `.list[3].fn`.
  const std::string& failure() const { return failure_; }
  // What kind of failure that is.
  ErrorCode refusal() const { return too_big_ ? ErrorCode::kMessageTooBig : ErrorCode::kNotShareable; }
  std::string path() const;
  // User code was stopped while it ran for the encoder; no v8::TryCatch of the caller's need show it.
  bool terminated() const { return terminated_; }

  // Undefined, null, booleans and numbers, without a buffer. False for everything else.
  static bool EncodeScalar(v8::Local<v8::Value> value, Scalar* scalar);

 private:
  struct Seen {
    v8::Local<v8::Object> object;
    size_t shared_flag_at;  // position of the flag to set when the object occurs again; 0 for none
  };

  // True when the faster codec for plain values has answered; with ended_ set, by failing.
  bool Plainly(v8::Local<v8::Value> value, Message* message);
  bool Finish(Message* message);
  // True when there is no room for so many bytes more; failure() is set then.
  bool IsTooBig(size_t bytes);
  // False, with an exception where the walk through the value could not throw it.
  bool Fail();
  bool Write(v8::Local<v8::Value> value);
  bool WriteObject(v8::Local<v8::Object> object);
  bool WriteNewObject(v8::Local<v8::Object> object);
  bool WriteExotic(v8::Local<v8::Object> object);
  void WriteNumber(double value);
  void WriteBigInt(v8::Local<v8::BigInt> value);
  void WriteString(v8::Local<v8::String> value);
  bool WriteProperties(v8::Local<v8::Object> object, v8::IndexFilter indices);
  bool WriteArray(v8::Local<v8::Array> array);
  bool WriteMap(v8::Local<v8::Map> map);
  bool WriteSet(v8::Local<v8::Set> set);
  bool WriteError(v8::Local<v8::Object> error);
  ErrorKind KindOfClass(v8::Local<v8::Object> error);
  bool WriteArrayBuffer(v8::Local<v8::ArrayBuffer> buffer);
  bool WriteView(v8::Local<v8::ArrayBufferView> view);
  void WriteAttachment(Tag tag, std::shared_ptr<void> attachment);
  bool IsLengthTracking(v8::Local<v8::ArrayBufferView> view, v8::Local<v8::ArrayBuffer> buffer);

  // The index of an object met before, or -1 after remembering this one as new.
  int64_t Recall(v8::Local<v8::Object> object);
  void WriteTag(Tag tag) { bytes_.Byte(static_cast<uint8_t>(tag)); }
  // A value that cannot cross: false with failure() set, or its description in its place.
  bool Refuse(std::string what);
  // Refuse, unless something else can go in its place.
  bool WriteExport(v8::Local<v8::Object> object, const std::function<std::string()>& what);
  // Get, but in lenient mode what a getter throws is dropped.
  bool Read(v8::Local<v8::Object> object, v8::Local<v8::Value> key, v8::Local<v8::Value>* value);
  void At(v8::Local<v8::Value> key) { At(PropertyPath(isolate_, key)); }
  void At(std::string segment) { path_.push_back(std::move(segment)); }

  Realm* const realm_;
  v8::Isolate* const isolate_;
  const v8::Local<v8::Context> context_;
  const Strictness strictness_;
  ByteWriter bytes_;
  std::vector<std::shared_ptr<void>> attachments_;
  std::vector<v8::Local<v8::ArrayBuffer>> transfer_;
  std::vector<Seen> seen_;
  std::unordered_multimap<int, size_t> seen_by_hash_;
  Exporter exporter_;
  bool hides_stacks_ = false;
  bool has_handles_ = false;
  bool detaches_ = true;
  size_t moved_bytes_ = 0;
  bool terminated_ = false;
  bool too_deep_ = false;
  bool too_big_ = false;
  size_t most_ = SIZE_MAX;
  bool ended_ = false;
  std::string failure_;
  std::vector<std::string> path_;  // innermost first, filled while failing
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_ENCODER_H_
