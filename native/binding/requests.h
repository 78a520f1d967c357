#ifndef ISOLATES_BINDING_REQUESTS_H_
#define ISOLATES_BINDING_REQUESTS_H_

#include <napi.h>

namespace isolates {

// The functions of the addon that make isolates and send requests to them, as lib/native.ts declares them. Arguments
// are positional and have been validated there.
void ExportRequests(Napi::Env env, Napi::Object exports);

}  // namespace isolates

#endif  // ISOLATES_BINDING_REQUESTS_H_
