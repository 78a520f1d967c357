#include "binding/host_encoder.h"

#include <utility>

#include "binding/environment.h"

namespace isolates {

bool HostEncoder::EncodeAll(const std::vector<v8::Local<v8::Value>>& values,
                            const std::vector<v8::Local<v8::Value>>& transfer, Message* message) {
  Encoder encoder(environment_);
  return Guard(&encoder, transfer, [&](Encoder* with) { return with->EncodeAll(values, message); });
}

bool HostEncoder::EncodeMoving(v8::Local<v8::Value> value, const std::vector<v8::Local<v8::Value>>& transfer,
                               Message* message) {
  Encoder encoder(environment_);
  return Guard(&encoder, transfer, [&](Encoder* with) { return with->Encode(value, message); });
}

bool HostEncoder::EncodeAnswer(v8::Local<v8::Value> value, Message* message) {
  Encoder encoder(environment_);
  encoder.HideStacks();
  return Guard(&encoder, {}, [&](Encoder* with) { return with->Encode(value, message); });
}

bool HostEncoder::Guard(Encoder* encoder, const std::vector<v8::Local<v8::Value>>& transfer,
                        const std::function<bool(Encoder* encoder)>& body) {
  encoder->UseExporter([this](v8::Local<v8::Object> object) { return Export(object); });
  if (const IsolateBackend* control = environment_->Find(isolate_id_)) {
    encoder->SetMost(control->guest_limits().message);
  } else if (most_ != SIZE_MAX) {
    encoder->SetMost(most_);
  }
  bool transferable = false;
  {
    v8::TryCatch caught(environment_->isolate());
    transferable = encoder->SetTransfer(transfer);
    if (transferable && body(encoder)) return true;
    if (caught.HasTerminated() || encoder->terminated()) {
      // V8 would forget it here, and it cannot be thrown again.
      environment_->isolate()->TerminateExecution();
      return false;
    }
    if (caught.HasCaught()) {
      // A getter of the caller's own value threw: that is what the caller gets.
      caught.ReThrow();
      return false;
    }
  }
  Outcome outcome = Outcome::Failure(encoder->refusal());
  outcome.where = transferable ? root_ + encoder->path() : encoder->path();
  outcome.what = encoder->failure();
  environment_->Result(isolate_id_, outcome);
  return false;
}

Encoder::Export HostEncoder::Export(v8::Local<v8::Object> object) {
  using Kind = Encoder::Export::Kind;
  // While this environment ends.
  if (environment_->remote().export_value.IsEmpty()) return {};
  const v8::Local<v8::Context> context = environment_->context();
  v8::Local<v8::Value> arguments[] = {object,
                                      v8::Number::New(environment_->isolate(), static_cast<double>(isolate_id_))};
  v8::Local<v8::Value> answer;
  if (!environment_->remote()
           .export_value.Get(environment_->isolate())
           ->Call(context, v8::Undefined(environment_->isolate()), 2, arguments)
           .ToLocal(&answer)) {
    return {.kind = Kind::kThrew};
  }
  if (!answer->IsNumber()) return {};
  const double number = answer.As<v8::Number>()->Value();
  if (number < 0) return {.kind = Kind::kReference, .reference = static_cast<uint64_t>(-number)};
  const auto function = static_cast<uint64_t>(number);
  return {.kind = Kind::kHostFunction, .function = environment_->FunctionOf(function / 2, function % 2 != 0, object)};
}

}  // namespace isolates
