#ifndef ISOLATES_ENGINE_OPERATIONS_H_
#define ISOLATES_ENGINE_OPERATIONS_H_

#include <v8.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "engine/function_cache.h"
#include "engine/realm_lock.h"
#include "engine/source_text.h"
#include "value/message.h"

namespace isolates {

// One thing a host asks of an isolate. It arrives encoded, and is decoded and done in the isolate's turn.
//
// Threads: made on one, performed on another, never at the same time.
class Operation {
 public:
  // How its result goes to the host.
  enum class Result : uint8_t {
    kCopy,
    kReference,  // the host gets the number of a reference
    kStream,     // a copy, but an asynchronous iterable stays here and is referred to
  };

  virtual ~Operation() = default;
  // Empty when the guest threw or was terminated; the caller has a v8::TryCatch around. Nothing is pending there when a
  // v8::TryCatch in here has seen the termination: V8 cannot throw one again.
  virtual v8::MaybeLocal<v8::Value> Perform(const RealmLock& lock, FunctionCache* functions) = 0;
  // The same operation, for somebody else to keep; nothing is left of this one.
  virtual std::unique_ptr<Operation> Move() = 0;

  Result result = Result::kCopy;
};

// Defines the properties of an object as globals: all, or none when one of them cannot be made.
v8::Maybe<bool> DefineGlobals(const RealmLock& lock, const Message& globals);

class RunScript final : public Operation {
 public:
  struct Origin {
    SourceText filename;
    int line = 0;
    int column = 0;
  };

  RunScript(SourceText source, Origin origin, Message globals)
      : source_(std::move(source)), origin_(std::move(origin)), globals_(std::move(globals)) {}
  v8::MaybeLocal<v8::Value> Perform(const RealmLock& lock, FunctionCache* functions) override;
  std::unique_ptr<Operation> Move() override { return std::make_unique<RunScript>(std::move(*this)); }

 private:
  v8::MaybeLocal<v8::Script> CompileScript(const RealmLock& lock, v8::Local<v8::String> source,
                                           v8::Local<v8::String> filename) const;

  SourceText source_;
  Origin origin_;
  Message globals_;  // undefined: none
};

// Up to four numbers, booleans, nulls need no buffer on their way; everything else goes as one encoded array.
struct CallArguments {
  static constexpr size_t kMostScalars = 4;
  size_t count = 0;
  std::array<Scalar, kMostScalars> scalars;
  std::unique_ptr<Message> encoded;  // use this instead if there is one
};

class CallFunction final : public Operation {
 public:
  CallFunction(std::shared_ptr<const FunctionSource> source, CallArguments arguments)
      : source_(std::move(source)), arguments_(std::move(arguments)) {}
  v8::MaybeLocal<v8::Value> Perform(const RealmLock& lock, FunctionCache* functions) override;
  std::unique_ptr<Operation> Move() override { return std::make_unique<CallFunction>(std::move(*this)); }

 private:
  std::shared_ptr<const FunctionSource> source_;
  CallArguments arguments_;
};

class SetGlobals final : public Operation {
 public:
  explicit SetGlobals(Message globals) : globals_(std::move(globals)) {}
  v8::MaybeLocal<v8::Value> Perform(const RealmLock& lock, FunctionCache* functions) override;
  std::unique_ptr<Operation> Move() override { return std::make_unique<SetGlobals>(std::move(*this)); }

 private:
  Message globals_;
};

class GetGlobal final : public Operation {
 public:
  GetGlobal(SourceText name, bool is_identifier) : name_(std::move(name)), is_identifier_(is_identifier) {}
  v8::MaybeLocal<v8::Value> Perform(const RealmLock& lock, FunctionCache* functions) override;
  std::unique_ptr<Operation> Move() override { return std::make_unique<GetGlobal>(std::move(*this)); }

 private:
  SourceText name_;
  bool is_identifier_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_OPERATIONS_H_
