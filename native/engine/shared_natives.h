#ifndef ISOLATES_ENGINE_SHARED_NATIVES_H_
#define ISOLATES_ENGINE_SHARED_NATIVES_H_

#include <v8.h>

#include "engine/realm.h"

namespace isolates {

// The functions that lib/shared is built on, for one realm; lib/shared/natives.ts describes each.
v8::Local<v8::Object> MakeSharedNatives(Realm* realm);

// Of those, the ones for plain values, and for each kind of object.
void AddPlainNatives(Realm* realm, v8::Local<v8::Object> natives);
void AddChannelNatives(Realm* realm, v8::Local<v8::Object> natives);
void AddMutexNatives(Realm* realm, v8::Local<v8::Object> natives);
void AddSemaphoreNatives(Realm* realm, v8::Local<v8::Object> natives);
void AddEventNatives(Realm* realm, v8::Local<v8::Object> natives);
void AddBarrierNatives(Realm* realm, v8::Local<v8::Object> natives);

// For stores: all others, those for parts of values, and those that wait.
void AddStoreNatives(Realm* realm, v8::Local<v8::Object> natives);
void AddStorePathNatives(Realm* realm, v8::Local<v8::Object> natives);
void AddStoreWaitNatives(Realm* realm, v8::Local<v8::Object> natives);

}  // namespace isolates

#endif  // ISOLATES_ENGINE_SHARED_NATIVES_H_
