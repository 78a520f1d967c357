#include "engine/last_resort.h"

#include <v8.h>

#include <chrono>
#include <cstdio>
#include <mutex>
#include <string_view>
#include <thread>

#include "base/check.h"
#include "engine/node_platform.h"

namespace isolates {

namespace {

thread_local LastResort::Client* t_client = nullptr;

#if V8_MAJOR_VERSION >= 13
// Not called for errors that V8 itself calls harmless, nor when memory is out.
void Judge(const char*, int, const char* message) {
  if (std::string_view(message).find("invalid size error") == std::string_view::npos) t_client = nullptr;
}
#endif

}  // namespace

LastResort::LastResort(Client* client) {
  ISOLATES_CHECK(t_client == nullptr);
  t_client = client;
}

LastResort::~LastResort() { t_client = nullptr; }

void LastResort::Install() {
  static std::once_flag once;
  std::call_once(once, [] {
    NodePlatform::OnFatalError(StandStill);
#if V8_MAJOR_VERSION >= 13
    v8::V8::SetFatalErrorHandler(Judge);
#endif
  });
}

void LastResort::StandStill() {
  Client* client = t_client;
  if (client == nullptr) return;
  t_client = nullptr;
  std::fputs("isolates: V8 cannot go on with this isolate, which is lost; the process goes on\n", stderr);
  std::fflush(stderr);
  client->OnLost();
  for (;;) std::this_thread::sleep_for(std::chrono::hours(24));
}

}  // namespace isolates
