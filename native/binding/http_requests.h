#ifndef ISOLATES_BINDING_HTTP_REQUESTS_H_
#define ISOLATES_BINDING_HTTP_REQUESTS_H_

#include <napi.h>

namespace isolates {

// The functions of the addon that lib/serve/native-front.ts is built on, as lib/serve/natives.ts declares them.
void ExportHttpRequests(Napi::Env env, Napi::Object exports);

}  // namespace isolates

#endif  // ISOLATES_BINDING_HTTP_REQUESTS_H_
