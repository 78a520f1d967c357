#include "engine/last_resort.h"

#include <atomic>
#include <chrono>
#include <csetjmp>
#include <cstdio>
#include <mutex>
#include <string_view>
#include <thread>

#include "base/check.h"
#include "engine/node_platform.h"

namespace isolates {

namespace {

// The system's longjmp would unwind frame by frame there, through code that V8 has made.
#if defined(_WIN32)
constexpr bool kCanLeave = false;
#else
constexpr bool kCanLeave = true;
#endif

struct Frame {
  LastResort::Client* client;
  LastResort::Thread thread;
  v8::Isolate* outside;  // the isolate it was entered from; null for none
  Frame* outer;
  std::jmp_buf place;
};

thread_local Frame* t_innermost = nullptr;

std::atomic<bool> g_has_lost{false};

// An error that may mean damaged memory was met on this thread.
thread_local bool t_damaged = false;

#if V8_MAJOR_VERSION >= 13
// Not called for errors that V8 itself calls harmless, nor when memory is out.
void Judge(const char*, int, const char* message) {
  t_damaged = std::string_view(message).find("invalid size error") == std::string_view::npos;
}
#endif

// The containment that the error belongs to. A guest may be inside of the one it made; what is between a guest and its
// host is never left out, since the host's own frames would be lost.
Frame* Responsible(v8::Isolate* current) {
  for (Frame* frame = t_innermost; frame != nullptr; frame = frame->outer) {
    v8::Isolate* const contained = frame->client->ContainedIsolate();
    if (contained == nullptr || current == contained) return frame;
    const bool from_guest = frame->outer != nullptr && frame->outer->client->ContainedIsolate() == frame->outside;
    if (!from_guest) return nullptr;
  }
  return nullptr;
}

void LeaveFor(Frame* frame) {
  // The thread is back where it was entered from, as V8 sees it.
  for (v8::Isolate* current = v8::Isolate::TryGetCurrent(); current != nullptr && current != frame->outside;
       current = v8::Isolate::TryGetCurrent()) {
    current->Exit();
  }
  std::longjmp(frame->place, 1);
}

}  // namespace

bool LastResort::Run(Client* client, Thread thread, void (*body)(void*), void* data) {
  Frame frame{client, thread, v8::Isolate::TryGetCurrent(), t_innermost, {}};
  // Without the mask of signals, which would cost a call of the system each time.
#if defined(_WIN32)
  const bool left = false;
#else
  const bool left = _setjmp(frame.place) != 0;
#endif
  if (!left) {
    t_innermost = &frame;
    body(data);
  }
  t_innermost = frame.outer;
  return !left;
}

void LastResort::Leave(Client* client) {
  ISOLATES_CHECK(kCanLeave && t_innermost != nullptr && t_innermost->client == client);
  LeaveFor(t_innermost);
  ISOLATES_CHECK(false);
  std::abort();
}

bool LastResort::HasLost() { return g_has_lost.load(std::memory_order_relaxed); }

void LastResort::Install() {
  static std::once_flag once;
  std::call_once(once, [] {
    NodePlatform::OnFatalError(OnFatalError);
#if V8_MAJOR_VERSION >= 13
    v8::V8::SetFatalErrorHandler(Judge);
#endif
  });
}

void LastResort::OnFatalError() {
  if (t_damaged) return;
  Frame* const frame = Responsible(v8::Isolate::TryGetCurrent());
  if (frame == nullptr) return;
  const bool leaves = kCanLeave && !frame->client->IsCollecting();
  if (!leaves && frame->thread == Thread::kNodes) return;
  g_has_lost.store(true, std::memory_order_relaxed);
  std::fputs("isolates: V8 cannot go on with this isolate, which is lost; the process goes on\n", stderr);
  std::fflush(stderr);
  if (leaves) LeaveFor(frame);
  t_innermost = nullptr;
  frame->client->OnStandStill();
  for (;;) std::this_thread::sleep_for(std::chrono::hours(24));
}

}  // namespace isolates
