#ifndef ISOLATES_ENGINE_GUEST_HANDLERS_H_
#define ISOLATES_ENGINE_GUEST_HANDLERS_H_

#include <v8.h>

namespace isolates {

// What a guest does itself about errors that are nobody's: its globals `onerror`, `onunhandledrejection` and
// `onrejectionhandled`, which are looked up when there is such an error. They run under the caller's execution.
//
// Threads: the one that has the guest's lock.
class GuestHandlers {
 public:
  // Both give true when the handler says that nobody else need be told. What it throws is pending then.
  static bool HandleException(v8::Local<v8::Context> context, v8::Local<v8::Value> exception,
                              v8::Local<v8::Message> message);
  static bool HandleRejection(v8::Local<v8::Context> context, v8::Local<v8::Promise> promise);
  // For V8, in the midst of JavaScript: somebody waits for a rejected promise after all. If that had been told, the
  // handler comes to know of it in a later turn of the loop.
  static void OnHandled(v8::Local<v8::Context> context, v8::Local<v8::Promise> promise);
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_GUEST_HANDLERS_H_
