#include "binding/http_requests.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "binding/http_server.h"
#include "engine/v8_compat.h"
#include "http/fields.h"
#include "http/llhttp.h"

namespace isolates {

namespace {

using Info = FastInfo;
using Phase = HttpConnection::Phase;

// Into `scratch`; nullopt when it is no string, or has characters that HTTP has no bytes for.
std::optional<std::string_view> ToBytesOfText(v8::Isolate* isolate, v8::Local<v8::Value> value, std::string* scratch) {
  if (!value->IsString()) return std::nullopt;
  const v8::Local<v8::String> text = value.As<v8::String>();
  if (!text->ContainsOnlyOneByte()) return std::nullopt;
  scratch->resize(static_cast<size_t>(text->Length()));
  WriteOneByte(isolate, text, reinterpret_cast<uint8_t*>(scratch->data()), text->Length());
  return *scratch;
}

using Held = std::shared_ptr<HttpServer>;

HttpServer& ServerAt(Napi::Env env, const Info& info) { return **Napi::External<Held>(env, ToNapi(info[0])).Data(); }

v8::Local<v8::Value> ThrowTypeError(v8::Isolate* isolate, std::string_view message) {
  isolate->ThrowException(v8::Exception::TypeError(Literal(isolate, message)));
  return {};
}

// Status, reason and fields, at three places from `index`; nullopt and an exception when they are none.
std::optional<ResponseHead> HeadAt(v8::Isolate* isolate, const Info& info, int index, int* status) {
  if (!info[index]->IsInt32()) {
    ThrowTypeError(isolate, "The status of a response must be a number");
    return std::nullopt;
  }
  *status = info[index].As<v8::Int32>()->Value();
  if (*status < 200 || *status > 599) {
    ThrowTypeError(isolate, "The status of a response must be from 200 to 599");
    return std::nullopt;
  }
  std::string reason;
  std::string name;
  std::string value;
  if (!ToBytesOfText(isolate, info[index + 1], &reason) || !IsFieldValue(reason)) {
    ThrowTypeError(isolate, "The text of a status must be one line of Latin-1");
    return std::nullopt;
  }
  std::optional<ResponseHead> head(std::in_place, *status, reason);
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  if (!info[index + 2]->IsArray()) {
    ThrowTypeError(isolate, "The fields of a response must be an array");
    return std::nullopt;
  }
  const v8::Local<v8::Array> fields = info[index + 2].As<v8::Array>();
  for (uint32_t at = 0; at + 1 < fields->Length(); at += 2) {
    v8::Local<v8::Value> name_at;
    v8::Local<v8::Value> value_at;
    if (!fields->Get(context, at).ToLocal(&name_at) || !fields->Get(context, at + 1).ToLocal(&value_at)) {
      return std::nullopt;
    }
    if (!ToBytesOfText(isolate, name_at, &name) || !ToBytesOfText(isolate, value_at, &value) ||
        !head->Add(name, value)) {
      ThrowTypeError(isolate, "A field of the response has a name or a value that HTTP does not allow");
      return std::nullopt;
    }
  }
  return head;
}

// What a body, or a piece of one, is written from: bytes as they are, a text as UTF-8. Nullopt for anything else.
std::optional<std::string_view> ContentAt(v8::Isolate* isolate, const Info& info, int index, std::string* scratch) {
  if (info[index]->IsString()) {
    *scratch = ToUtf8(isolate, info[index].As<v8::String>());
    return *scratch;
  }
  if (!info[index]->IsArrayBufferView()) return std::nullopt;
  const v8::Local<v8::ArrayBufferView> view = info[index].As<v8::ArrayBufferView>();
  const auto* data = static_cast<const char*>(view->Buffer()->Data());
  return std::string_view(data + view->ByteOffset(), view->ByteLength());
}

// () => whether this Node has what it takes
v8::Local<v8::Value> HttpAvailable(Napi::Env, const Info&) {
  return v8::Boolean::New(v8::Isolate::GetCurrent(), Llhttp::Get() != nullptr);
}

// (descriptor, request, body, drain, aborted, closed, most bytes of a head, milliseconds for a head, for a request, of
// rest)
// => server, or an error number of libuv. The descriptor is the server's from then on.
v8::Local<v8::Value> HttpListen(Napi::Env env, const Info& info) {
  v8::Isolate* const isolate = v8::Isolate::GetCurrent();
  const auto callback = [&](int index) {
    Napi::FunctionReference reference = Napi::Persistent(Napi::Function(env, ToNapi(info[index])));
    // The environment may be gone before the last connection is; Node-API lets go of these with it.
    reference.SuppressDestruct();
    return reference;
  };
  HttpServer::Options options;
  options.max_head = static_cast<size_t>(NumberAt(info, 6));
  const auto rest = IntegerAt(info, 9);
  options.keep_alive_seconds = static_cast<unsigned>(rest / 1000);
  options.timeouts[static_cast<size_t>(Phase::kHead)] = IntegerAt(info, 7);
  options.timeouts[static_cast<size_t>(Phase::kBody)] = IntegerAt(info, 8);
  // Clients that keep to what they were told find it open.
  options.timeouts[static_cast<size_t>(Phase::kIdle)] = rest + 1000;
  options.timeouts[static_cast<size_t>(Phase::kResponse)] = 0;
  options.timeouts[static_cast<size_t>(Phase::kLinger)] = 2000;
  HttpServer::Callbacks callbacks{
      .request = callback(1), .body = callback(2), .drain = callback(3), .aborted = callback(4), .closed = callback(5)};
  const auto server = std::make_shared<HttpServer>(env, std::move(callbacks), options);
  const int failed =
      HttpServer::Listen(server, static_cast<uv_os_sock_t>(NumberAt(info, 0)), static_cast<int>(NumberAt(info, 10)));
  if (failed != 0) return v8::Number::New(isolate, failed);
  return ToV8(Napi::External<Held>::New(env, new Held(server), [](Napi::BasicEnv, Held* held) { delete held; }));
}

// (server, exchange, status, reason, fields, body): all of a response.
v8::Local<v8::Value> HttpRespond(Napi::Env env, const Info& info) {
  v8::Isolate* const isolate = v8::Isolate::GetCurrent();
  HttpServer& server = ServerAt(env, info);
  HttpConnection* const connection = server.Find(NumberAt(info, 1));
  if (connection == nullptr) return {};
  int status = 0;
  std::optional<ResponseHead> head = HeadAt(isolate, info, 2, &status);
  if (!head.has_value()) return {};
  std::string scratch;
  const bool has_body = !info[5]->IsUndefined();
  std::string_view body;
  if (has_body) {
    const std::optional<std::string_view> content = ContentAt(isolate, info, 5, &scratch);
    if (!content.has_value()) return ThrowTypeError(isolate, "The body of a response must be a text or bytes");
    body = *content;
  }
  server.Forget(NumberAt(info, 1));
  connection->Respond(status, std::move(*head), body, has_body);
  return {};
}

// (server, exchange, status, reason, fields): the head of one whose body follows.
v8::Local<v8::Value> HttpBegin(Napi::Env env, const Info& info) {
  HttpConnection* const connection = ServerAt(env, info).Find(NumberAt(info, 1));
  if (connection == nullptr) return {};
  int status = 0;
  std::optional<ResponseHead> head = HeadAt(v8::Isolate::GetCurrent(), info, 2, &status);
  if (head.has_value()) connection->Begin(status, std::move(*head));
  return {};
}

// (server, exchange, piece) => whether there is room for more
v8::Local<v8::Value> HttpWrite(Napi::Env env, const Info& info) {
  v8::Isolate* const isolate = v8::Isolate::GetCurrent();
  HttpConnection* const connection = ServerAt(env, info).Find(NumberAt(info, 1));
  if (connection == nullptr) return v8::True(isolate);
  std::string scratch;
  const std::optional<std::string_view> piece = ContentAt(isolate, info, 2, &scratch);
  if (!piece.has_value()) return ThrowTypeError(isolate, "The body of a response must be made of texts or bytes");
  if (!connection->Write(*piece)) return ThrowTypeError(isolate, "The body is longer than its Content-Length says");
  return v8::Boolean::New(isolate, connection->HasRoom());
}

// (server, exchange): all of the body has been written.
v8::Local<v8::Value> HttpEnd(Napi::Env env, const Info& info) {
  HttpServer& server = ServerAt(env, info);
  HttpConnection* const connection = server.Find(NumberAt(info, 1));
  if (connection == nullptr) return {};
  server.Forget(NumberAt(info, 1));
  if (connection->End()) return {};
  return ThrowTypeError(v8::Isolate::GetCurrent(), "The body is shorter than its Content-Length says");
}

// (server, exchange): breaks the connection off.
v8::Local<v8::Value> HttpDestroy(Napi::Env env, const Info& info) {
  HttpServer& server = ServerAt(env, info);
  HttpConnection* const connection = server.Find(NumberAt(info, 1));
  if (connection == nullptr) return {};
  server.Forget(NumberAt(info, 1));
  connection->set_exchange(0);
  connection->Close();
  return {};
}

// (server, exchange): what follows is another protocol; see HttpConnection::Upgrade.
v8::Local<v8::Value> HttpUpgrade(Napi::Env env, const Info& info) {
  HttpConnection* const connection = ServerAt(env, info).Find(NumberAt(info, 1));
  if (connection == nullptr || connection->Upgrade()) return {};
  return ThrowTypeError(v8::Isolate::GetCurrent(), "A request with a body cannot change to another protocol");
}

// (server, exchange, whether the body of the request is to wait)
v8::Local<v8::Value> HttpPause(Napi::Env env, const Info& info) {
  HttpConnection* const connection = ServerAt(env, info).Find(NumberAt(info, 1));
  if (connection == nullptr) return {};
  if (info[2]->IsTrue()) {
    connection->PauseBody();
  } else {
    connection->ResumeBody();
  }
  return {};
}

// (server): see Drain.
v8::Local<v8::Value> HttpDrain(Napi::Env env, const Info& info) {
  ServerAt(env, info).Drain();
  return {};
}

// (server): breaks all connections off.
v8::Local<v8::Value> HttpCloseAll(Napi::Env env, const Info& info) {
  ServerAt(env, info).CloseAll();
  return {};
}

// (server) => number of connections
v8::Local<v8::Value> HttpConnections(Napi::Env env, const Info& info) {
  return v8::Number::New(v8::Isolate::GetCurrent(), static_cast<double>(ServerAt(env, info).connections()));
}

}  // namespace

void ExportHttpRequests(Napi::Env env, Napi::Object exports) {
  const v8::Local<v8::Context> context = v8::Isolate::GetCurrent()->GetCurrentContext();
  exports.Set("httpAvailable", MakeFastFunction<HttpAvailable>(env, context));
  exports.Set("httpListen", MakeFastFunction<HttpListen>(env, context));
  exports.Set("httpRespond", MakeFastFunction<HttpRespond>(env, context));
  exports.Set("httpBegin", MakeFastFunction<HttpBegin>(env, context));
  exports.Set("httpWrite", MakeFastFunction<HttpWrite>(env, context));
  exports.Set("httpEnd", MakeFastFunction<HttpEnd>(env, context));
  exports.Set("httpDestroy", MakeFastFunction<HttpDestroy>(env, context));
  exports.Set("httpUpgrade", MakeFastFunction<HttpUpgrade>(env, context));
  exports.Set("httpPause", MakeFastFunction<HttpPause>(env, context));
  exports.Set("httpDrain", MakeFastFunction<HttpDrain>(env, context));
  exports.Set("httpCloseAll", MakeFastFunction<HttpCloseAll>(env, context));
  exports.Set("httpConnections", MakeFastFunction<HttpConnections>(env, context));
}

}  // namespace isolates
