#ifndef ISOLATES_BINDING_REMOTE_REQUESTS_H_
#define ISOLATES_BINDING_REMOTE_REQUESTS_H_

#include <napi.h>

namespace isolates {

// Adds what lib/remote is built on.
void ExportRemoteRequests(Napi::Env env, Napi::Object exports);

}  // namespace isolates

#endif  // ISOLATES_BINDING_REMOTE_REQUESTS_H_
