#include "engine/profile_requests.h"

#include <v8-profiler.h>

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/instruments.h"
#include "value/bytes.h"
#include "value/message.h"

namespace isolates {

namespace {

constexpr size_t kChunk = size_t{1} << 20;

// Text in pieces outside of all heaps. None of it is the guest's memory, and it becomes the host's when it arrives.
class TextOutside final : public v8::OutputStream {
 public:
  void EndOfStream() override {}
  int GetChunkSize() override { return static_cast<int>(kChunk); }
  WriteResult WriteAsciiChunk(char* data, int size) override {
    return Add({data, static_cast<size_t>(size)}) ? kContinue : kAbort;
  }

  // False without memory for it.
  bool Add(std::string_view text) {
    void* copy = std::malloc(text.empty() ? 1 : text.size());
    if (copy == nullptr) {
      complete_ = false;
      return false;
    }
    std::memcpy(copy, text.data(), text.size());
    pieces_.push_back(v8::ArrayBuffer::NewBackingStore(
        copy, text.size(), [](void* memory, size_t, void*) { std::free(memory); }, nullptr));
    return true;
  }

  Outcome ToOutcome() {
    if (!complete_) return Outcome::Failure(ErrorCode::kMemoryLimit);
    ByteWriter bytes;
    bytes.Byte(static_cast<uint8_t>(Tag::kArray));
    bytes.Varint(pieces_.size());
    bytes.Byte(0);
    Outcome outcome;
    outcome.ok = true;
    for (size_t i = 0; i < pieces_.size(); ++i) {
      bytes.Byte(static_cast<uint8_t>(Tag::kMovedArrayBuffer));
      bytes.Varint(i);
      outcome.value.moved_bytes += pieces_[i]->ByteLength();
      outcome.value.attachments.push_back(std::move(pieces_[i]));
    }
    bytes.Byte(static_cast<uint8_t>(Tag::kEnd));
    outcome.value.kind = Scalar::Kind::kEncoded;
    outcome.value.bytes = bytes.Release();
    return outcome;
  }

 private:
  std::vector<std::shared_ptr<v8::BackingStore>> pieces_;
  bool complete_ = true;
};

}  // namespace

Outcome StartCpuProfile::Perform(const RealmLock& lock, Instruments* instruments) {
  Outcome outcome;
  outcome.ok = true;
  outcome.value.kind = Scalar::Kind::kNumber;
  outcome.value.number = static_cast<double>(instruments->profiling().Start(lock.isolate(), interval_us_));
  return outcome;
}

Outcome StopCpuProfile::Perform(const RealmLock&, Instruments* instruments) {
  const std::optional<std::string> json = instruments->profiling().Stop(number_);
  TextOutside text;
  if (json.has_value()) {
    for (size_t at = 0; at < json->size(); at += kChunk) text.Add(std::string_view(*json).substr(at, kChunk));
  }
  return text.ToOutcome();
}

Outcome TakeHeapSnapshot::Perform(const RealmLock& lock, Instruments*) {
  using v8::HeapProfiler;
  HeapProfiler::HeapSnapshotOptions options;
  options.snapshot_mode =
      options_.internals ? HeapProfiler::HeapSnapshotMode::kExposeInternals : HeapProfiler::HeapSnapshotMode::kRegular;
  options.numerics_mode = options_.numeric_values ? HeapProfiler::NumericsMode::kExposeNumericValues
                                                  : HeapProfiler::NumericsMode::kHideNumericValues;
  const v8::HeapSnapshot* snapshot = lock.isolate()->GetHeapProfiler()->TakeHeapSnapshot(options);
  if (snapshot == nullptr) return Outcome::Failure(ErrorCode::kMemoryLimit);
  TextOutside text;
  snapshot->Serialize(&text);
  const_cast<v8::HeapSnapshot*>(snapshot)->Delete();
  return text.ToOutcome();
}

}  // namespace isolates
