#ifndef ISOLATES_BINDING_SOCKETS_H_
#define ISOLATES_BINDING_SOCKETS_H_

#include <napi.h>

namespace isolates {

// Listening sockets as file descriptors, as lib/native.ts declares them: opened once, and a duplicate for each thread
// that accepts from it, so that none closes another's.
//
// Threads: any; each function is one or a few system calls that do not wait.
// Owns: nothing; who gets a descriptor closes it, or gives it to libuv.
void ExportSockets(Napi::Env env, Napi::Object exports);

}  // namespace isolates

#endif  // ISOLATES_BINDING_SOCKETS_H_
