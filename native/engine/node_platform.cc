#include "engine/node_platform.h"

#include <node.h>

#include <atomic>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "base/guarded.h"

#if !defined(_WIN32)
// Not in Node's headers, but exported by its binary on Linux and macOS: the snapshot that Node itself started from.
// Weak, so that a node binary without them loads the addon all the same.
namespace node {
struct SnapshotData;
class SnapshotBuilder {
 public:
  static const SnapshotData* GetEmbeddedSnapshotData() __attribute__((weak));
  static void InitializeIsolateParams(const SnapshotData* data, v8::Isolate::CreateParams* params)
      __attribute__((weak));
};
}  // namespace node

// The only call that every supported V8 makes on its way to the end, whichever way it takes. In place of its public
// handlers for fatal errors, which come with V8 13, and which V8 14 does not call for errors "with no security impact".
namespace v8::base {
void SetPrintStackTrace(void (*print)()) __attribute__((weak));
}  // namespace v8::base
#endif

namespace isolates {

namespace {

class PlatformDelegate final : public node::IsolatePlatformDelegate {
 public:
  explicit PlatformDelegate(std::shared_ptr<v8::TaskRunner> runner) : runner_(std::move(runner)) {}
  virtual ~PlatformDelegate() = default;
  std::shared_ptr<v8::TaskRunner> GetForegroundTaskRunner() override { return runner_; }
  bool IdleTasksEnabled() override { return false; }

 private:
  const std::shared_ptr<v8::TaskRunner> runner_;
};

// Written by each environment, and always the same.
std::atomic<node::MultiIsolatePlatform*> g_platform{nullptr};

node::MultiIsolatePlatform* Platform() { return g_platform.load(std::memory_order_acquire); }

// Node keeps only the address of a delegate, so it is owned here for as long as its isolate is registered.
using Delegates = std::unordered_map<v8::Isolate*, std::unique_ptr<PlatformDelegate>>;
Guarded<Delegates>& RegisteredDelegates() {
  static auto* delegates = new Guarded<Delegates>();
  return *delegates;
}

std::unique_ptr<PlatformDelegate> TakeDelegate(v8::Isolate* isolate) {
  auto delegates = RegisteredDelegates().Acquire();
  const auto found = delegates->find(isolate);
  ISOLATES_CHECK(found != delegates->end());
  std::unique_ptr<PlatformDelegate> delegate = std::move(found->second);
  delegates->erase(found);
  return delegate;
}

struct Embedded {
  const v8::StartupData* snapshot = nullptr;
  std::vector<intptr_t> references;
};

const Embedded& GetEmbedded() {
  static const Embedded* embedded = [] {
    auto* found = new Embedded();
#if !defined(_WIN32)
    if (&node::SnapshotBuilder::GetEmbeddedSnapshotData != nullptr &&
        &node::SnapshotBuilder::InitializeIsolateParams != nullptr) {
      // The generated data is linked in even when --no-node-snapshot leaves it unused; whether Node started from it
      // shows in the caller's flags, which the public interface below does not tell (see Attach).
      if (const node::SnapshotData* data = node::SnapshotBuilder::GetEmbeddedSnapshotData()) {
        v8::Isolate::CreateParams params;
        node::SnapshotBuilder::InitializeIsolateParams(data, &params);
        found->snapshot = params.snapshot_blob;
        for (const intptr_t* at = params.external_references; at != nullptr && *at != 0; ++at) {
          found->references.push_back(*at);
        }
      }
    }
#endif
    return found;
  }();
  return *embedded;
}

}  // namespace

bool NodePlatform::Attach(v8::Local<v8::Context> context) {
  node::Environment* environment = node::GetCurrentEnvironment(context);
  if (environment == nullptr) return false;
  // Every environment of a process has the same platform.
  node::MultiIsolatePlatform* const platform = node::GetMultiIsolatePlatform(environment);
  g_platform.store(platform, std::memory_order_release);
  return platform != nullptr;
}

const v8::StartupData* NodePlatform::EmbeddedSnapshot() { return GetEmbedded().snapshot; }

const std::vector<intptr_t>& NodePlatform::EmbeddedReferences() { return GetEmbedded().references; }

void NodePlatform::Register(v8::Isolate* isolate, std::shared_ptr<v8::TaskRunner> runner) {
  auto delegate = std::make_unique<PlatformDelegate>(std::move(runner));
  PlatformDelegate* const address = delegate.get();
  RegisteredDelegates().Acquire()->emplace(isolate, std::move(delegate));
  Platform()->RegisterIsolate(isolate, address);
}

void NodePlatform::Dispose(v8::Isolate* isolate) {
  const std::unique_ptr<PlatformDelegate> delegate = TakeDelegate(isolate);
#if V8_MAJOR_VERSION >= 13
  Platform()->DisposeIsolate(isolate);
#else
  Platform()->UnregisterIsolate(isolate);
  isolate->Dispose();
#endif
}

void NodePlatform::Unregister(v8::Isolate* isolate) {
  const std::unique_ptr<PlatformDelegate> delegate = TakeDelegate(isolate);
  Platform()->UnregisterIsolate(isolate);
}

void NodePlatform::OnFatalError(void (*handler)()) {
#if !defined(_WIN32)
  static void (*handle)() = nullptr;
  static void (*print)() = nullptr;
  if (&v8::base::SetPrintStackTrace == nullptr || handle != nullptr) return;
  handle = handler;
  print = Platform()->GetStackTracePrinter();
  v8::base::SetPrintStackTrace([] {
    handle();
    if (print != nullptr) print();
  });
#else
  (void)handler;
#endif
}

void* NodePlatform::EnvironmentOf(v8::Local<v8::Context> context) { return node::GetCurrentEnvironment(context); }

void NodePlatform::Stop(void* environment) { (void)node::Stop(static_cast<node::Environment*>(environment)); }

void NodePlatform::AtExit(v8::Local<v8::Context> context, void (*callback)(void*), void* data) {
  node::Environment* environment = node::GetCurrentEnvironment(context);
  ISOLATES_CHECK(environment != nullptr);
  node::AtExit(environment, callback, data);
}

}  // namespace isolates
