#ifndef ISOLATES_BINDING_HOST_ENCODER_H_
#define ISOLATES_BINDING_HOST_ENCODER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "binding/v8_cast.h"
#include "engine/encoder.h"
#include "value/message.h"

namespace isolates {

class Environment;

// Encodes values of the host for one of its isolates, under one name. Functions become functions that the guest can
// call, references what they refer to. All return false with an exception pending in JavaScript.
//
// Threads: the environment's own. Stack-only.
class HostEncoder {
 public:
  // `most`: bytes that one value may take, where the isolate is not known yet.
  HostEncoder(Environment* environment, uint64_t isolate_id, const char* root, size_t most = SIZE_MAX)
      : environment_(environment), isolate_id_(isolate_id), root_(root), most_(most) {}

  bool Encode(v8::Local<v8::Value> value, Message* message) { return EncodeMoving(value, {}, message); }
  bool EncodeAll(const std::vector<v8::Local<v8::Value>>& values, const std::vector<v8::Local<v8::Value>>& transfer,
                 Message* message);
  bool EncodeMoving(v8::Local<v8::Value> value, const std::vector<v8::Local<v8::Value>>& transfer, Message* message);
  // For what a function of the host's ended with: the host's stacks are nobody else's business.
  bool EncodeAnswer(v8::Local<v8::Value> value, Message* message);

 private:
  bool Guard(Encoder* encoder, const std::vector<v8::Local<v8::Value>>& transfer,
             const std::function<bool(Encoder* encoder)>& body);
  Encoder::Export Export(v8::Local<v8::Object> object);

  Environment* const environment_;
  const uint64_t isolate_id_;
  const std::string root_;
  const size_t most_;
};

}  // namespace isolates

#endif  // ISOLATES_BINDING_HOST_ENCODER_H_
