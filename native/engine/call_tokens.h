#ifndef ISOLATES_ENGINE_CALL_TOKENS_H_
#define ISOLATES_ENGINE_CALL_TOKENS_H_

#include <v8.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_set>

#include "engine/time_limits.h"

namespace isolates {

// How it is known whose code runs. A call with limits has a token, an object that V8 sets aside with every reaction to
// a promise and brings back when that runs ("continuation preserved embedder data"); timers carry it by themselves. So
// what goes on later has the limits of the call that it comes from. Guests never see one.
//
// Threads: the one that has the heap's lock.
// Owns: weak references to the tokens of calls that were stopped.
// Lifetime: a part of its heap; Leave() under the lock before that goes.
class CallTokens {
 public:
  enum class State : uint8_t {
    kLive,      // its caller waits
    kAnswered,  // what it has left behind may go on, within its limits each time
    kStopped,   // nothing of it may run any more
  };
  struct Token {
    v8::Local<v8::Object> object;
    uint64_t number;
    TimeLimits limits;
    State state;
  };

  CallTokens() = default;
  CallTokens(const CallTokens&) = delete;
  CallTokens& operator=(const CallTokens&) = delete;

  v8::MaybeLocal<v8::Object> Make(v8::Local<v8::Context> context, const TimeLimits& limits);
  static void SetState(v8::Isolate* isolate, v8::Local<v8::Object> token, State state);
  // As SetState(kStopped), and remembers that something may come of it as long as V8 has it.
  void Stop(v8::Isolate* isolate, v8::Local<v8::Object> token);

  // Empty for what is no token.
  static std::optional<Token> Read(v8::Local<v8::Value> value);
  static std::optional<Token> Running(v8::Isolate* isolate) { return Read(Current(isolate)); }
  // The number alone; 0 for none.
  static uint64_t RunningNumber(v8::Isolate* isolate);

  static v8::Local<v8::Value> Current(v8::Isolate* isolate);

  // Stack-only: what runs meanwhile is the token's (undefined: nobody's).
  class Scope {
   public:
    Scope(v8::Isolate* isolate, v8::Local<v8::Value> token);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    v8::Isolate* const isolate_;
    const v8::Local<v8::Value> outer_;
  };
  static void SetCurrent(v8::Isolate* isolate, v8::Local<v8::Value> token);

  // Whether any was ever made.
  bool IsUsed() const { return last_ != 0; }
  // Whether something may still come of a call that was stopped.
  bool HasStopped() const { return !stopped_.empty(); }
  // The least of all limits that calls here have had, in milliseconds; 0 for none.
  double least() const { return least_; }

  void Leave();

 private:
  struct Stopped;

  v8::Global<v8::ObjectTemplate> shape_;
  std::unordered_set<Stopped*> stopped_;
  uint64_t last_ = 0;
  double least_ = 0;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_CALL_TOKENS_H_
