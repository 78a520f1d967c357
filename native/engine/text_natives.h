#ifndef ISOLATES_ENGINE_TEXT_NATIVES_H_
#define ISOLATES_ENGINE_TEXT_NATIVES_H_

#include <v8.h>

#include "engine/realm.h"

namespace isolates {

// UTF-8 and base64, for TextEncoder, TextDecoder, atob and btoa. As web_natives.h says of all.
void AddTextNatives(Realm* realm, v8::Local<v8::Object> natives);

}  // namespace isolates

#endif  // ISOLATES_ENGINE_TEXT_NATIVES_H_
