#ifndef ISOLATES_BINDING_HTTP_SERVER_H_
#define ISOLATES_BINDING_HTTP_SERVER_H_

#include <napi.h>

namespace isolates {

// Adds what lib/serve/native.ts is built on: an HTTP/1.1 server on the loop of an environment.
void ExportHttpServer(Napi::Env env, Napi::Object exports);

}  // namespace isolates

#endif  // ISOLATES_BINDING_HTTP_SERVER_H_
