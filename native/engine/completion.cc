#include "engine/completion.h"

#include <utility>

#include "engine/encoder.h"
#include "engine/guest_remote.h"
#include "engine/source_place.h"
#include "engine/v8_compat.h"

namespace isolates {

namespace {

void KeepThere(const RealmLock& lock, v8::Local<v8::Value> value, Outcome* outcome) {
  outcome->kept = lock.realm().hosted()->remote().Keep(value);
  outcome->value.kind = Scalar::Kind::kNumber;
  outcome->value.number = DescribeReference(outcome->kept, value);
}

// Of what cannot be copied anyway, or says itself that it is to be iterated over. An exception may be pending.
bool IsStream(const RealmLock& lock, v8::Local<v8::Value> value) {
  if (!value->IsObject() || value->IsProxy()) return false;
  if (value->IsGeneratorObject()) return true;
  v8::Local<v8::Value> method;
  return value.As<v8::Object>()->Get(lock.context(), v8::Symbol::GetAsyncIterator(lock.isolate())).ToLocal(&method) &&
         method->IsFunction();
}

}  // namespace

bool CompleteWithValue(const RealmLock& lock, v8::Local<v8::Value> value, Operation::Result result, Outcome* outcome) {
  if (result == Operation::Result::kReference) {
    outcome->ok = true;
    KeepThere(lock, value, outcome);
    return true;
  }
  if (Encoder::EncodeScalar(value, &outcome->value)) {
    outcome->ok = true;
    return true;
  }
  v8::TryCatch caught(lock.isolate());
  if (result == Operation::Result::kStream && IsStream(lock, value)) {
    outcome->ok = true;
    outcome->is_stream = true;
    KeepThere(lock, value, outcome);
    return true;
  }
  Encoder encoder(&lock.realm());
  if (!caught.HasCaught() && encoder.Encode(value, &outcome->value)) {
    outcome->ok = true;
    return true;
  }
  if (caught.HasTerminated() || encoder.terminated()) return false;
  if (!encoder.failure().empty()) {
    outcome->code = encoder.refusal();
    outcome->where = encoder.path();
    outcome->what = encoder.failure();
    return true;
  }
  const v8::Local<v8::Value> exception = caught.Exception();
  const v8::Local<v8::Message> message = caught.Message();
  caught.Reset();
  return CompleteWithException(lock, exception, message, outcome);
}

bool CompleteWithException(const RealmLock& lock, v8::Local<v8::Value> exception, v8::Local<v8::Message> message,
                           Outcome* outcome) {
  v8::TryCatch caught(lock.isolate());
  outcome->ok = false;
  outcome->code = ErrorCode::kRemote;
  outcome->not_an_error = !exception->IsNativeError();
  Encoder encoder(&lock.realm(), Encoder::Strictness::kLenient);
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
