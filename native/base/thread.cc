#include "base/thread.h"

#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#if defined(_WIN32)
#include <process.h>
#include <windows.h>
#else
#include <pthread.h>
#endif
#if defined(__linux__)
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "base/check.h"
#include "base/thread_faults.h"

namespace isolates {

namespace {

struct ThreadStart {
  std::string name;
  std::function<void()> body;
};

void RunThread(void* argument) {
  std::unique_ptr<ThreadStart> start(static_cast<ThreadStart*>(argument));
#if defined(__linux__)
  pthread_setname_np(pthread_self(), start->name.substr(0, 15).c_str());
#elif defined(__APPLE__)
  pthread_setname_np(start->name.substr(0, 63).c_str());
#elif defined(_WIN32)
  // Names are ASCII.
  SetThreadDescription(GetCurrentThread(), std::wstring(start->name.begin(), start->name.end()).c_str());
#endif
  start->body();
}

#if defined(__linux__) && !defined(__GLIBC__)
size_t MainThreadStackSize() {
  constexpr size_t kUsual = size_t{8} << 20;
  rlimit limit{};
  if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kUsual;
  return static_cast<size_t>(limit.rlim_cur);
}
#endif

StackBounds QueryStackBounds() {
#if defined(_WIN32)
  ULONG_PTR low = 0;
  ULONG_PTR high = 0;
  GetCurrentThreadStackLimits(&low, &high);
  return {low, high};
#elif defined(__APPLE__)
  const auto high = reinterpret_cast<uintptr_t>(pthread_get_stackaddr_np(pthread_self()));
  return {high - pthread_get_stacksize_np(pthread_self()), high};
#else
  pthread_attr_t attributes;
  ISOLATES_CHECK(pthread_getattr_np(pthread_self(), &attributes) == 0);
  void* low = nullptr;
  size_t size = 0;
  size_t guard = 0;
  pthread_attr_getstack(&attributes, &low, &size);
  pthread_attr_getguardsize(&attributes, &guard);
  pthread_attr_destroy(&attributes);
  const auto base = reinterpret_cast<uintptr_t>(low);
#if defined(__linux__) && !defined(__GLIBC__)
  // musl tells how much of the main thread's stack is mapped by now, and not how far it may grow.
  if (getpid() == static_cast<pid_t>(syscall(SYS_gettid))) return {base + size - MainThreadStackSize(), base + size};
#endif
  return {base + guard, base + size};
#endif
}

std::atomic<unsigned> g_before_faults{0};
std::atomic<unsigned> g_faults{0};

bool Take(std::atomic<unsigned>* from) {
  unsigned left = from->load(std::memory_order_relaxed);
  while (left != 0 && !from->compare_exchange_weak(left, left - 1, std::memory_order_relaxed)) continue;
  return left != 0;
}

}  // namespace

void FailThreads(unsigned more, unsigned count) {
  g_before_faults.store(more, std::memory_order_relaxed);
  g_faults.store(count, std::memory_order_relaxed);
}

StackBounds CurrentStackBounds() {
  thread_local const StackBounds bounds = QueryStackBounds();
  return bounds;
}

bool StartDetachedThread(const std::string& name, size_t stack_size, std::function<void()> body) {
  if (!Take(&g_before_faults) && Take(&g_faults)) return false;
  auto start = std::make_unique<ThreadStart>(ThreadStart{name, std::move(body)});
#if defined(_WIN32)
  auto entry = [](void* argument) -> unsigned {
    RunThread(argument);
    return 0;
  };
  const uintptr_t thread = _beginthreadex(nullptr, static_cast<unsigned>(stack_size), entry, start.get(),
                                          STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr);
  if (thread == 0) return false;
  CloseHandle(reinterpret_cast<HANDLE>(thread));
#else
  auto entry = [](void* argument) -> void* {
    RunThread(argument);
    return nullptr;
  };
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, stack_size);
  pthread_t thread;
  const int failed = pthread_create(&thread, &attributes, entry, start.get());
  pthread_attr_destroy(&attributes);
  if (failed != 0) return false;
#endif
  start.release();
  return true;
}

unsigned UsableCores() {
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) {
    const int count = CPU_COUNT(&set);
    if (count > 0) return static_cast<unsigned>(count);
  }
#endif
  const unsigned count = std::thread::hardware_concurrency();
  return count == 0 ? 1 : count;
}

}  // namespace isolates
