#include "binding/http_server.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace isolates {

namespace {

using Phase = HttpConnection::Phase;

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

}  // namespace

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

}  // namespace isolates
