#ifndef ISOLATES_ENGINE_GUEST_REMOTE_H_
#define ISOLATES_ENGINE_GUEST_REMOTE_H_

#include <v8.h>

#include <cstdint>
#include <unordered_map>

#include "value/message.h"

namespace isolates {

class Realm;

// The guest's end of what goes on between a host and its guest besides calls: answers to the guest's own calls,
// functions of the host, and values of the guest that the host refers to. lib/guest/remote.ts is the rest of it.
//
// Threads: the one that has the realm's turn.
// Owns: the values the host refers to, until it lets go of them.
// Lifetime: a part of its realm; Leave() in a turn before that goes.
class GuestRemote {
 public:
  // `load` has Register called, if that has not happened yet.
  GuestRemote(Realm* realm, void (*load)(Realm* realm)) : realm_(realm), load_(load) {}

  // What the part of the runtime gives; lib/guest/native.ts has the types.
  void Register(v8::Local<v8::Function> receive, v8::Local<v8::Function> wrap, v8::Local<v8::Function> boot);

  // Hands the host's start-up data to the runtime. False, perhaps with an exception pending, when it cannot be done.
  bool Boot(const Message& data);
  // A call that has begun: what its answer causes to run is on the account of who made it.
  void NotePayer(uint64_t call, uint64_t payer) {
    if (payer != 0) payers_.insert_or_assign(call, payer);
  }
  // The host has answered a call. Runs code of the guest's.
  void OnAnswer(uint64_t call, int kind, const Message& value);
  // The function that stands before the handle of a HostFunction.
  v8::MaybeLocal<v8::Value> Callable(v8::Local<v8::Object> handle);

  // Numbers are never used twice.
  uint64_t Keep(v8::Local<v8::Value> value);
  // Empty, with nothing pending, when it is not kept.
  v8::MaybeLocal<v8::Value> Find(uint64_t number);
  void Drop(uint64_t number) { kept_.erase(number); }

  void Leave();

 private:
  // False when the part of the runtime cannot be loaded.
  bool Load();

  Realm* const realm_;
  void (*const load_)(Realm* realm);
  v8::Global<v8::Function> receive_;
  v8::Global<v8::Function> wrap_;
  v8::Global<v8::Function> boot_;
  std::unordered_map<uint64_t, v8::Global<v8::Value>> kept_;
  uint64_t last_kept_ = 0;
  std::unordered_map<uint64_t, uint64_t> payers_;
};

// The functions that lib/guest/remote.ts is built on; a new object each time.
v8::Local<v8::Object> MakeRemoteNatives(Realm* realm);

// A reference as JavaScript of the host sees it: the number, and the type that `typeof` tells, in one integer.
double DescribeReference(uint64_t number, v8::Local<v8::Value> value);

}  // namespace isolates

#endif  // ISOLATES_ENGINE_GUEST_REMOTE_H_
