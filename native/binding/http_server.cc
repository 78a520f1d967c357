#include "binding/http_server.h"

#include <uv.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/check.h"
#include "binding/http_connection.h"
#include "binding/v8_cast.h"
#include "engine/v8_compat.h"
#include "http/llhttp.h"

namespace isolates {

namespace {

using Info = FastInfo;
using Phase = HttpConnection::Phase;

constexpr size_t kReadBuffer = 64 << 10;

double NumberAt(const Info& info, int index) { return info[index].As<v8::Number>()->Value(); }

v8::Local<v8::String> ToText(v8::Isolate* isolate, std::string_view text, bool is_name) {
  return v8::String::NewFromOneByte(isolate, reinterpret_cast<const uint8_t*>(text.data()),
                                    is_name ? v8::NewStringType::kInternalized : v8::NewStringType::kNormal,
                                    static_cast<int>(text.size()))
      .ToLocalChecked();
}

v8::Local<v8::Value> ToBytes(v8::Isolate* isolate, std::string_view bytes) {
  const v8::Local<v8::ArrayBuffer> buffer = v8::ArrayBuffer::New(isolate, bytes.size());
  std::memcpy(buffer->GetBackingStore()->Data(), bytes.data(), bytes.size());
  return v8::Uint8Array::New(buffer, 0, bytes.size());
}

// Into `scratch`; nullopt when it is no string, or has characters that HTTP has no bytes for.
std::optional<std::string_view> ToBytesOfText(v8::Isolate* isolate, v8::Local<v8::Value> value, std::string* scratch) {
  if (!value->IsString()) return std::nullopt;
  const v8::Local<v8::String> text = value.As<v8::String>();
  if (!text->ContainsOnlyOneByte()) return std::nullopt;
  scratch->resize(static_cast<size_t>(text->Length()));
  WriteOneByte(isolate, text, reinterpret_cast<uint8_t*>(scratch->data()), text->Length());
  return *scratch;
}

// A server that accepts at a duplicate of a listening socket, and calls JavaScript for each request.
//
// Threads: that of its environment.
// Owns: the descriptor it listens at, its connections, and the handles of the loop for these.
// Lifetime: until it has been told to drain and its last connection has ended, or until its environment ends; `self_`
// keeps it until the loop has closed its handles.
class HttpServer final : public HttpConnection::Listener {
 public:
  struct Callbacks {
    Napi::FunctionReference request;
    Napi::FunctionReference body;
    Napi::FunctionReference drain;
    Napi::FunctionReference aborted;
    Napi::FunctionReference closed;
  };
  struct Options {
    size_t max_head;
    // In milliseconds, 0 for none; by phase.
    std::array<uint64_t, HttpConnection::kPhases> timeouts;
    unsigned keep_alive_seconds;
  };

  HttpServer(Napi::Env env, Callbacks callbacks, const Options& options)
      : env_(env),
        isolate_(v8::Isolate::GetCurrent()),
        context_(isolate_, isolate_->GetCurrentContext()),
        callbacks_(std::move(callbacks)),
        options_(options),
        buffer_(kReadBuffer) {}

  // 0, or an error number of libuv.
  static int Listen(const std::shared_ptr<HttpServer>& server, uv_os_sock_t descriptor, int backlog);

  HttpConnection* Find(double exchange) const {
    const auto found = exchanges_.find(static_cast<uint64_t>(exchange));
    return found == exchanges_.end() ? nullptr : found->second;
  }
  void Forget(double exchange) { exchanges_.erase(static_cast<uint64_t>(exchange)); }

  size_t connections() const { return connections_; }
  // No further connections, and none is kept when it has nothing to do.
  void Drain();
  void CloseAll();

  void OnRequest(HttpConnection* connection) override;
  void OnBody(HttpConnection* connection, std::string piece, bool is_last) override;
  void OnDrain(HttpConnection* connection) override;
  void OnAborted(uint64_t exchange) override;
  void OnPhase(HttpConnection* connection) override;
  void CallLater(HttpConnection* connection) override;
  void OnClosed(HttpConnection* connection) override;
  bool keeps_connections() const override { return !draining_; }
  unsigned keep_alive_seconds() const override { return options_.keep_alive_seconds; }
  uv_buf_t read_buffer() override { return uv_buf_init(buffer_.data(), static_cast<unsigned>(buffer_.size())); }

 private:
  // What the loop closes one by one.
  struct Handles {
    uv_tcp_t listener;
    uv_timer_t deadline;
    uv_idle_t later;
    int open = 3;
    napi_async_cleanup_hook_handle clean_up = nullptr;
    std::shared_ptr<HttpServer> server;
  };

  // What calls of JavaScript need around them.
  struct Entered {
    explicit Entered(HttpServer* server) : handles(server->isolate_), entered(server->context_.Get(server->isolate_)) {}
    const v8::HandleScope handles;
    const v8::Context::Scope entered;
  };

  v8::Local<v8::Value> Number(uint64_t number) const { return v8::Number::New(isolate_, static_cast<double>(number)); }
  std::list<HttpConnection*>& In(Phase phase) { return phases_[static_cast<size_t>(phase)]; }
  void Accept();
  void SetTimer();
  void OnDeadline();
  void CallPutOff();
  void EndIfDone();
  void CloseHandles();
  static void Close(uv_handle_t* handle);
  static void OnHandlesClosed(Handles* handles);
  // As a callback of the loop: promise reactions run when it returns. Within a scope of the caller's.
  void Call(const Napi::FunctionReference& function, std::initializer_list<v8::Local<v8::Value>> arguments);

  const Napi::Env env_;
  v8::Isolate* const isolate_;
  v8::Global<v8::Context> context_;
  Callbacks callbacks_;
  const Options options_;
  std::vector<char> buffer_;
  Handles* handles_ = nullptr;
  std::unordered_map<uint64_t, HttpConnection*> exchanges_;
  uint64_t last_exchange_ = 0;
  // Each phase has one time limit, so these are in the order of their deadlines.
  std::array<std::list<HttpConnection*>, HttpConnection::kPhases> phases_;
  std::vector<HttpConnection*> put_off_;
  size_t connections_ = 0;
  uint64_t timer_due_ = 0;
  bool draining_ = false;
  // The handles are being closed.
  bool ending_ = false;
  // The environment ends: JavaScript cannot be called.
  bool silent_ = false;
};

int HttpServer::Listen(const std::shared_ptr<HttpServer>& server, uv_os_sock_t descriptor, int backlog) {
  uv_loop_t* loop = nullptr;
  ISOLATES_CHECK(napi_get_uv_event_loop(server->env_, &loop) == napi_ok);
  auto* handles = new Handles;
  server->handles_ = handles;
  handles->server = server;
  ISOLATES_CHECK(uv_tcp_init(loop, &handles->listener) == 0);
  ISOLATES_CHECK(uv_timer_init(loop, &handles->deadline) == 0);
  ISOLATES_CHECK(uv_idle_init(loop, &handles->later) == 0);
  uv_unref(reinterpret_cast<uv_handle_t*>(&handles->deadline));
  handles->listener.data = handles->deadline.data = handles->later.data = handles;
  ISOLATES_CHECK(napi_add_async_cleanup_hook(
                     server->env_,
                     [](napi_async_cleanup_hook_handle, void* data) {
                       const std::shared_ptr<HttpServer> self = static_cast<Handles*>(data)->server;
                       self->silent_ = true;
                       self->draining_ = true;
                       self->CloseAll();
                       self->CloseHandles();
                     },
                     handles, &handles->clean_up) == napi_ok);
  int failed = uv_tcp_open(&handles->listener, descriptor);
  if (failed == 0) {
    failed =
        uv_listen(reinterpret_cast<uv_stream_t*>(&handles->listener), backlog, [](uv_stream_t* stream, int status) {
          if (status == 0) static_cast<Handles*>(stream->data)->server->Accept();
        });
  }
  if (failed != 0) {
    server->silent_ = true;
    server->CloseHandles();
  }
  return failed;
}

void HttpServer::Accept() {
  if (draining_) return;
  auto* connection = new HttpConnection(this, {.head = options_.max_head});
  if (!connection->Accept(handles_->listener.loop, reinterpret_cast<uv_stream_t*>(&handles_->listener))) return;
  ++connections_;
  std::list<HttpConnection*>& list = In(connection->phase());
  connection->place = list.insert(list.end(), connection);
  OnPhase(connection);
  connection->Start();
}

void HttpServer::OnPhase(HttpConnection* connection) {
  const Phase phase = connection->phase();
  std::list<HttpConnection*>& list = In(phase);
  list.splice(list.end(), In(connection->listed), connection->place);
  connection->listed = phase;
  const uint64_t timeout = options_.timeouts[static_cast<size_t>(phase)];
  connection->due = timeout == 0 ? 0 : uv_now(handles_->listener.loop) + timeout;
  if (timeout != 0 && (timer_due_ == 0 || connection->due < timer_due_)) SetTimer();
}

// For the earliest deadline of all.
void HttpServer::SetTimer() {
  timer_due_ = 0;
  for (const std::list<HttpConnection*>& list : phases_) {
    if (list.empty() || list.front()->due == 0) continue;
    if (timer_due_ == 0 || list.front()->due < timer_due_) timer_due_ = list.front()->due;
  }
  if (timer_due_ == 0) return;
  const uint64_t now = uv_now(handles_->listener.loop);
  uv_timer_start(
      &handles_->deadline, [](uv_timer_t* timer) { static_cast<Handles*>(timer->data)->server->OnDeadline(); },
      timer_due_ > now ? timer_due_ - now : 0, 0);
}

void HttpServer::OnDeadline() {
  const uint64_t now = uv_now(handles_->listener.loop);
  std::vector<HttpConnection*> late;
  for (const std::list<HttpConnection*>& list : phases_) {
    for (auto each = list.begin(); each != list.end() && (*each)->due != 0 && (*each)->due <= now; ++each) {
      late.push_back(*each);
    }
  }
  // None is deleted before the next turn of the loop, and to a closed one nothing happens.
  for (HttpConnection* const connection : late) connection->OnDeadline();
  if (!ending_) SetTimer();
}

void HttpServer::CallLater(HttpConnection* connection) {
  if (connection->is_called_later || ending_) return;
  connection->is_called_later = true;
  put_off_.push_back(connection);
  uv_idle_start(&handles_->later, [](uv_idle_t* idle) { static_cast<Handles*>(idle->data)->server->CallPutOff(); });
}

void HttpServer::CallPutOff() {
  uv_idle_stop(&handles_->later);
  // As with those that are late.
  for (HttpConnection* const connection : std::exchange(put_off_, {})) {
    if (connection == nullptr) continue;
    connection->is_called_later = false;
    connection->GoOn();
  }
}

void HttpServer::OnClosed(HttpConnection* connection) {
  In(connection->listed).erase(connection->place);
  --connections_;
  if (connection->is_called_later) std::replace(put_off_.begin(), put_off_.end(), connection, {});
  EndIfDone();
}

void HttpServer::Drain() {
  if (draining_) return;
  draining_ = true;
  // Other threads go on at the same socket.
  if (!ending_) Close(reinterpret_cast<uv_handle_t*>(&handles_->listener));
  const std::list<HttpConnection*> resting = In(Phase::kIdle);
  for (HttpConnection* const connection : resting) connection->Close();
  const std::list<HttpConnection*> fresh = In(Phase::kHead);
  for (HttpConnection* const connection : fresh) {
    if (!connection->request().begun()) connection->Close();
  }
  EndIfDone();
}

void HttpServer::CloseAll() {
  for (const std::list<HttpConnection*>& list : phases_) {
    while (!list.empty()) list.front()->Close();
  }
}

void HttpServer::EndIfDone() {
  if (draining_ && connections_ == 0) CloseHandles();
}

void HttpServer::CloseHandles() {
  if (ending_) return;
  ending_ = true;
  for (uv_handle_t* const handle :
       {reinterpret_cast<uv_handle_t*>(&handles_->listener), reinterpret_cast<uv_handle_t*>(&handles_->deadline),
        reinterpret_cast<uv_handle_t*>(&handles_->later)}) {
    Close(handle);
  }
}

void HttpServer::Close(uv_handle_t* handle) {
  if (uv_is_closing(handle) != 0) return;
  uv_close(handle, [](uv_handle_t* closed) {
    auto* handles = static_cast<Handles*>(closed->data);
    if (--handles->open == 0) OnHandlesClosed(handles);
  });
}

void HttpServer::OnHandlesClosed(Handles* handles) {
  const std::shared_ptr<HttpServer> server = std::move(handles->server);
  server->handles_ = nullptr;
  napi_remove_async_cleanup_hook(handles->clean_up);
  delete handles;
  if (server->silent_) return;
  {
    const Entered entered(server.get());
    server->Call(server->callbacks_.closed, {});
  }
  server->callbacks_ = {};
}

void HttpServer::Call(const Napi::FunctionReference& function, std::initializer_list<v8::Local<v8::Value>> arguments) {
  if (silent_) return;
  std::array<napi_value, 5> values;
  size_t count = 0;
  for (const v8::Local<v8::Value> argument : arguments) values[count++] = ToNapi(argument);
  napi_value result = nullptr;
  if (napi_make_callback(env_, nullptr, ToNapi(isolate_->GetCurrentContext()->Global()), function.Value(), count,
                         values.data(), &result) != napi_pending_exception) {
    return;
  }
  napi_value error = nullptr;
  napi_get_and_clear_last_exception(env_, &error);
  // What lib/serve throws is a defect of its own. A thread that is being terminated has no such error.
  if (!isolate_->IsExecutionTerminating()) napi_fatal_exception(env_, error);
}

void HttpServer::OnRequest(HttpConnection* connection) {
  const uint64_t exchange = ++last_exchange_;
  connection->set_exchange(exchange);
  exchanges_[exchange] = connection;
  const Entered entered(this);
  const RequestParser& request = connection->request();
  std::vector<v8::Local<v8::Value>> fields;
  fields.reserve(request.texts());
  for (size_t i = 0; i < request.texts(); ++i) fields.push_back(ToText(isolate_, request.text(i), i % 2 == 0));
  v8::Local<v8::Value> body = v8::Undefined(isolate_);
  if (connection->streams_body()) {
    body = v8::True(isolate_);
  } else if (request.has_body_bytes()) {
    body = ToBytes(isolate_, connection->TakeBody());
  }
  Call(callbacks_.request,
       {Number(exchange), ToText(isolate_, request.method(), true), ToText(isolate_, request.target(), false),
        v8::Array::New(isolate_, fields.data(), fields.size()), body});
}

void HttpServer::OnBody(HttpConnection* connection, std::string piece, bool is_last) {
  const Entered entered(this);
  const v8::Local<v8::Value> exchange = Number(connection->exchange());
  if (!piece.empty()) Call(callbacks_.body, {exchange, ToBytes(isolate_, piece)});
  // The exchange may be over by now.
  if (is_last && connection->exchange() != 0) Call(callbacks_.body, {exchange, v8::Undefined(isolate_)});
}

void HttpServer::OnDrain(HttpConnection* connection) {
  const Entered entered(this);
  Call(callbacks_.drain, {Number(connection->exchange())});
}

void HttpServer::OnAborted(uint64_t exchange) {
  exchanges_.erase(exchange);
  const Entered entered(this);
  Call(callbacks_.aborted, {Number(exchange)});
}

// What JavaScript calls.

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
  if (!ToBytesOfText(isolate, info[index + 1], &reason) || !ResponseHead::IsReason(reason)) {
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
  const auto rest = static_cast<uint64_t>(NumberAt(info, 9));
  options.keep_alive_seconds = static_cast<unsigned>(rest / 1000);
  options.timeouts[static_cast<size_t>(Phase::kHead)] = static_cast<uint64_t>(NumberAt(info, 7));
  options.timeouts[static_cast<size_t>(Phase::kBody)] = static_cast<uint64_t>(NumberAt(info, 8));
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

void ExportHttpServer(Napi::Env env, Napi::Object exports) {
  const v8::Local<v8::Context> context = v8::Isolate::GetCurrent()->GetCurrentContext();
  exports.Set("httpAvailable", MakeFastFunction<HttpAvailable>(env, context));
  exports.Set("httpListen", MakeFastFunction<HttpListen>(env, context));
  exports.Set("httpRespond", MakeFastFunction<HttpRespond>(env, context));
  exports.Set("httpBegin", MakeFastFunction<HttpBegin>(env, context));
  exports.Set("httpWrite", MakeFastFunction<HttpWrite>(env, context));
  exports.Set("httpEnd", MakeFastFunction<HttpEnd>(env, context));
  exports.Set("httpDestroy", MakeFastFunction<HttpDestroy>(env, context));
  exports.Set("httpPause", MakeFastFunction<HttpPause>(env, context));
  exports.Set("httpDrain", MakeFastFunction<HttpDrain>(env, context));
  exports.Set("httpCloseAll", MakeFastFunction<HttpCloseAll>(env, context));
  exports.Set("httpConnections", MakeFastFunction<HttpConnections>(env, context));
}

}  // namespace isolates
