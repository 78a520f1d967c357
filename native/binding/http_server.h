#ifndef ISOLATES_BINDING_HTTP_SERVER_H_
#define ISOLATES_BINDING_HTTP_SERVER_H_

#include <napi.h>
#include <uv.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "binding/http_connection.h"
#include "binding/v8_cast.h"

namespace isolates {

// A server that accepts at a duplicate of a listening socket, and calls JavaScript for each request.
//
// Threads: that of its environment.
// Owns: the descriptor it listens at, its connections, and the handles of the loop for these.
// Lifetime: shared by JavaScript and the handles of the loop: those go when it has been told to drain and its last
// connection has ended, or with its environment.
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
  static constexpr size_t kReadBuffer = 64 << 10;

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
  std::list<HttpConnection*>& In(HttpConnection::Phase phase) { return phases_[static_cast<size_t>(phase)]; }
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

}  // namespace isolates

#endif  // ISOLATES_BINDING_HTTP_SERVER_H_
