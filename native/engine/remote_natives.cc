#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/check.h"
#include "engine/decoder.h"
#include "engine/encoder.h"
#include "engine/guest_remote.h"
#include "engine/host_calls.h"
#include "engine/interrupts.h"
#include "engine/native_function.h"
#include "engine/v8_compat.h"

// A guest's calls to its host.
namespace isolates {

namespace {

// (receive, wrap, boot)
v8::Local<v8::Value> Register(Realm* realm, const Arguments& arguments) {
  realm->hosted()->remote().Register(arguments[0].As<v8::Function>(), arguments[1].As<v8::Function>(),
                                     arguments[2].As<v8::Function>());
  return {};
}

// The function a handle stands for; undefined for a service of this package.
uint64_t FunctionAt(const Arguments& arguments, int index) {
  if (arguments[index]->IsUndefined()) return HostCall::kService;
  const SharedObject* shared = Realm::Unwrap(arguments[index]);
  ISOLATES_CHECK(shared != nullptr && shared->kind == SharedObject::kHostFunction);
  return static_cast<const HostFunction*>(shared->target.get())->number();
}

// False with an exception pending.
bool EncodeArguments(Realm* realm, v8::Local<v8::Value> list, Message* message) {
  Encoder encoder(realm);
  {
    v8::TryCatch caught(realm->isolate());
    if (encoder.Encode(list, message)) return true;
    if (caught.HasTerminated() || encoder.terminated()) {
      // V8 would forget it here.
      realm->isolate()->TerminateExecution();
      return false;
    }
    if (caught.HasCaught()) {
      caught.ReThrow();
      return false;
    }
  }
  realm->Throw(encoder.refusal(), "args" + encoder.path(), encoder.failure());
  return false;
}

// (handle | undefined, arguments, where a signal stood) => the number of the call; 0 when there is no room for it now
v8::Local<v8::Value> Call(Realm* realm, const Arguments& arguments) {
  const uint64_t function = FunctionAt(arguments, 0);
  Message message;
  if (!EncodeArguments(realm, arguments[1], &message)) return {};
  const uint64_t number =
      realm->hosted()->host_calls()->Call(function, static_cast<int>(arguments[2].As<v8::Number>()->Value()), &message);
  if (number != 0) realm->hosted()->remote().NotePayer(number, realm->Payer());
  return v8::Number::New(realm->isolate(), static_cast<double>(number));
}

// (handle | undefined, arguments) => [kind, value] of the answer
v8::Local<v8::Value> CallSync(Realm* realm, const Arguments& arguments) {
  const uint64_t function = FunctionAt(arguments, 0);
  Message message;
  if (!EncodeArguments(realm, arguments[1], &message)) return {};
  HostCalls::Answer answer;
  const HostCalls::Sleep sleep = [realm](const std::function<bool(TimePoint)>& wait_until,
                                         const std::function<void()>& give_up) {
    return realm->hosted()->SleepUntilTold(wait_until, give_up);
  };
  HostCalls::Answered answered;
  {
    // On the host's own thread this is the host's JavaScript.
    std::optional<Interrupts::Pause> pause;
    if (Interrupts* interrupts = realm->hosted()->interrupts()) pause.emplace(interrupts);
    answered = realm->hosted()->host_calls()->CallSync(function, std::move(message), sleep, &answer);
  }
  realm->hosted()->OnBackFromHost();
  switch (answered) {
    case HostCalls::Answered::kAnswered:
      break;
    case HostCalls::Answered::kNever:
      realm->Throw(ErrorCode::kPendingPromise);
      return {};
    case HostCalls::Answered::kUnable:
      realm->isolate()->ThrowException(
          v8::Exception::RangeError(Literal(realm->isolate(), "Maximum call stack size exceeded")));
      return {};
    case HostCalls::Answered::kStopped:
      return {};
  }
  v8::Local<v8::Value> value;
  if (!Decoder::Decode(realm, answer.value).ToLocal(&value)) return {};
  v8::Local<v8::Value> pair[] = {v8::Integer::New(realm->isolate(), answer.kind), value};
  return v8::Array::New(realm->isolate(), pair, 2);
}

// (number)
v8::Local<v8::Value> Abort(Realm* realm, const Arguments& arguments) {
  realm->hosted()->host_calls()->Abort(static_cast<uint64_t>(arguments[0].As<v8::Number>()->Value()));
  return {};
}

}  // namespace

v8::Local<v8::Object> MakeRemoteNatives(Realm* realm) {
  const v8::Local<v8::Object> natives = v8::Object::New(realm->isolate());
  AddNative<Register>(realm, natives, "register");
  AddNative<Call>(realm, natives, "call");
  AddNative<CallSync>(realm, natives, "callSync");
  AddNative<Abort>(realm, natives, "abort");
  return natives;
}

}  // namespace isolates
