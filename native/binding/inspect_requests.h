#ifndef ISOLATES_BINDING_INSPECT_REQUESTS_H_
#define ISOLATES_BINDING_INSPECT_REQUESTS_H_

#include <napi.h>

namespace isolates {

// Adds the addon's functions that look into an isolate; lib/native.ts describes them.
void ExportInspectRequests(Napi::Env env, Napi::Object exports);

}  // namespace isolates

#endif  // ISOLATES_BINDING_INSPECT_REQUESTS_H_
