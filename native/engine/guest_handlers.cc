#include "engine/guest_handlers.h"

#include "engine/guest_natives.h"
#include "engine/v8_compat.h"

namespace isolates {

namespace {

v8::MaybeLocal<v8::Function> HandlerOf(v8::Local<v8::Context> context, const char* name) {
  v8::Local<v8::Value> handler;
  if (!context->Global()->Get(context, Literal(v8::Isolate::GetCurrent(), name)).ToLocal(&handler)) return {};
  if (!handler->IsFunction()) return {};
  return handler.As<v8::Function>();
}

// What a promise has whose rejection was told.
v8::Local<v8::Private> Told() {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  return v8::Private::ForApi(isolate, Literal(isolate, "isolates: told"));
}

// One of lib/guest/web/report.ts.
v8::MaybeLocal<v8::Value> CallReport(v8::Local<v8::Context> context, const char* name, v8::Local<v8::Function> handler,
                                     v8::Local<v8::Promise> promise) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::Local<v8::Value> use;
  v8::Local<v8::Value> library = Literal(isolate, "report");
  if (!GuestNatives::Part(isolate, context, "web").ToLocal(&use) || !use->IsFunction() ||
      !use.As<v8::Function>()->Call(context, v8::Undefined(isolate), 1, &library).ToLocal(&library)) {
    return {};
  }
  v8::Local<v8::Value> function;
  if (!library->IsObject() || !library.As<v8::Object>()->Get(context, Literal(isolate, name)).ToLocal(&function) ||
      !function->IsFunction()) {
    return {};
  }
  v8::Local<v8::Value> arguments[] = {handler, promise, promise->Result()};
  return function.As<v8::Function>()->Call(context, v8::Undefined(isolate), 3, arguments);
}

}  // namespace

bool GuestHandlers::HandleException(v8::Local<v8::Context> context, v8::Local<v8::Value> exception,
                                    v8::Local<v8::Message> message) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::Local<v8::Function> handler;
  if (!HandlerOf(context, "onerror").ToLocal(&handler)) return false;
  v8::Local<v8::Value> arguments[] = {v8::String::Empty(isolate), v8::String::Empty(isolate),
                                      v8::Integer::New(isolate, 0), v8::Integer::New(isolate, 0), exception};
  if (!message.IsEmpty()) {
    arguments[0] = message->Get();
    arguments[1] = message->GetScriptResourceName();
    arguments[2] = v8::Integer::New(isolate, message->GetLineNumber(context).FromMaybe(0));
    arguments[3] = v8::Integer::New(isolate, message->GetStartColumn(context).FromMaybe(-1) + 1);
  }
  v8::Local<v8::Value> answer;
  return handler->Call(context, context->Global(), 5, arguments).ToLocal(&answer) && answer->IsTrue();
}

bool GuestHandlers::HandleRejection(v8::Local<v8::Context> context, v8::Local<v8::Promise> promise) {
  (void)promise->SetPrivate(context, Told(), v8::True(v8::Isolate::GetCurrent())).IsNothing();
  v8::Local<v8::Function> handler;
  v8::Local<v8::Value> answer;
  return HandlerOf(context, "onunhandledrejection").ToLocal(&handler) &&
         CallReport(context, "tellRejection", handler, promise).ToLocal(&answer) && answer->IsTrue();
}

void GuestHandlers::OnHandled(v8::Local<v8::Context> context, v8::Local<v8::Promise> promise) {
  v8::TryCatch caught(v8::Isolate::GetCurrent());
  v8::Local<v8::Function> handler;
  if (!promise->HasPrivate(context, Told()).FromMaybe(false)) return;
  if (HandlerOf(context, "onrejectionhandled").ToLocal(&handler)) {
    (void)CallReport(context, "tellHandledLate", handler, promise).IsEmpty();
  }
}

}  // namespace isolates
