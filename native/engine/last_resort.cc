#include "engine/last_resort.h"

#include <chrono>
#include <cstdio>
#include <thread>

#include "base/check.h"

namespace isolates {

namespace {

thread_local LastResort::Client* t_client = nullptr;

}  // namespace

LastResort::LastResort(Client* client) {
  ISOLATES_CHECK(t_client == nullptr);
  t_client = client;
}

LastResort::~LastResort() { t_client = nullptr; }

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
