#include "engine/completion.h"

#include <utility>

#include "engine/encoder.h"
#include "engine/source_place.h"
#include "engine/v8_compat.h"

namespace isolates {

bool CompleteWithValue(const HeapLock& lock, v8::Local<v8::Value> value, Outcome* outcome) {
  if (Encoder::EncodeScalar(value, &outcome->value)) {
    outcome->ok = true;
    return true;
  }
  v8::TryCatch caught(lock.isolate());
  Encoder encoder(&lock.heap());
  if (encoder.Encode(value, &outcome->value)) {
    outcome->ok = true;
    return true;
  }
  if (caught.HasTerminated() || encoder.terminated()) return false;
  if (!encoder.failure().empty()) {
    outcome->code = ErrorCode::kNotShareable;
    outcome->where = encoder.path();
    outcome->what = encoder.failure();
    return true;
  }
  const v8::Local<v8::Value> exception = caught.Exception();
  const v8::Local<v8::Message> message = caught.Message();
  caught.Reset();
  return CompleteWithException(lock, exception, message, outcome);
}

bool CompleteWithException(const HeapLock& lock, v8::Local<v8::Value> exception, v8::Local<v8::Message> message,
                           Outcome* outcome) {
  v8::TryCatch caught(lock.isolate());
  outcome->ok = false;
  outcome->code = ErrorCode::kRemote;
  outcome->not_an_error = !exception->IsNativeError();
  Encoder encoder(&lock.heap(), Encoder::Strictness::kLenient);
  const bool encoded = encoder.Encode(exception, &outcome->value);
  if (caught.HasTerminated() || encoder.terminated()) return false;
  if (!encoded) outcome->value = Message();
  // The stack of a syntax error tells nothing about the place; for what is no error the place is all there is.
  const bool syntax_error =
      exception->IsNativeError() &&
      exception.As<v8::Object>()->GetConstructorName()->StringEquals(Literal(lock.isolate(), "SyntaxError"));
  if (!message.IsEmpty() && (outcome->not_an_error || syntax_error))
    outcome->where = DescribePlace(lock.isolate(), lock.context(), message);
  return true;
}

}  // namespace isolates
