#ifndef ISOLATES_BINDING_NODE_REQUESTS_H_
#define ISOLATES_BINDING_NODE_REQUESTS_H_

#include <napi.h>

namespace isolates {

// The addon's functions for isolates that are Node environments: the host's and the guest's.
void ExportNodeRequests(Napi::Env env, Napi::Object exports);

}  // namespace isolates

#endif  // ISOLATES_BINDING_NODE_REQUESTS_H_
