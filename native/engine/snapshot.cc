#include "engine/snapshot.h"

#include <atomic>
#include <climits>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/thread.h"
#include "engine/foreground_tasks.h"
#include "engine/guest_natives.h"
#include "engine/last_resort.h"
#include "engine/node_platform.h"
#include "engine/number_cache.h"
#include "engine/process.h"
#include "engine/stub_cache.h"
#include "engine/v8_compat.h"
#include "sync/event.h"

namespace isolates {

namespace {

constexpr int kGenerations = 3;
// V8 11 (Node 20) does not store every string in a snapshot: some it stores as numbers in a table of the read-only
// heap, and writes that table anew for each snapshot, while the process keeps the one of the snapshot it started from.
// So in a derived one `Math.E` comes back under another name. There isolates start from Node's own.
constexpr bool kCanDerive = V8_MAJOR_VERSION >= 12;
// Node keeps some hundreds of items in its snapshot; asking for one that is not there costs nothing.
constexpr size_t kDataItems = 8192;
constexpr size_t kBuilderStack = size_t{8} << 20;

std::atomic<Snapshot::Fault> g_fault{Snapshot::Fault::kNone};

// The text of the guest runtime, outside of every heap. Its address is in the reference table, so that a snapshot holds
// a reference to it and all isolates share one copy.
class GuestSource final : public v8::String::ExternalOneByteStringResource {
 public:
  explicit GuestSource(std::string text) : text_(std::move(text)) {}
  const char* data() const override { return text_.data(); }
  size_t length() const override { return text_.size(); }
  // V8 calls this when a string that uses the resource dies; it is shared and stays.
  void Dispose() override {}

 private:
  const std::string text_;
};

// The guest runtime, compiled; for contexts that were not made from a snapshot holding it.
struct CodeCache {
  std::unique_ptr<const v8::ScriptCompiler::CachedData> data;
};

struct Shared {
  std::once_flag once;
  bool node_snapshot = false;
  std::unique_ptr<GuestSource> guest_source;
  std::vector<intptr_t> references;  // Node's, ours, null
  v8::StartupData lean{nullptr, 0};
  Guarded<std::shared_ptr<const CodeCache>> code_cache;
  std::atomic<Snapshot::State> state{Snapshot::State::kUnavailable};
  std::atomic<bool> prepared{false};
  std::atomic<bool> abandoned{false};
  Event finished;
};

Shared& GetShared() {
  static auto* shared = new Shared();
  return *shared;
}

// An isolate opened for writing a snapshot. Who disposes it differs between V8 versions, and a mistake shows only when
// the process ends.
class Creator {
 public:
  explicit Creator(const v8::StartupData* blob)
      : allocator_(v8::ArrayBuffer::Allocator::NewDefaultAllocator()), isolate_(v8::Isolate::Allocate()) {
    NodePlatform::Register(isolate_, std::make_shared<ForegroundTasks>(&Process::Get().timer));
#if V8_MAJOR_VERSION >= 12
    v8::Isolate::CreateParams params;
    params.snapshot_blob = blob;
    params.external_references = GetShared().references.data();
    params.array_buffer_allocator = allocator_.get();
    creator_ = std::make_unique<v8::SnapshotCreator>(isolate_, params);
#else
    creator_ = std::make_unique<v8::SnapshotCreator>(isolate_, GetShared().references.data(), blob);
#endif
  }

  ~Creator() {
    creator_.reset();
#if V8_MAJOR_VERSION >= 12
    NodePlatform::Dispose(isolate_);
#else
    NodePlatform::Unregister(isolate_);
#endif
  }

  v8::SnapshotCreator* operator->() { return creator_.get(); }
  v8::Isolate* isolate() { return isolate_; }

 private:
  const std::unique_ptr<v8::ArrayBuffer::Allocator> allocator_;
  v8::Isolate* const isolate_;
  std::unique_ptr<v8::SnapshotCreator> creator_;
};

// Writes `from` again without what belongs to Node. Null data when that failed.
v8::StartupData WriteGeneration(const v8::StartupData* from, bool with_guest_runtime) {
  Creator creator(from);
  v8::Isolate* isolate = creator.isolate();
  {
    v8::HandleScope scope(isolate);
    for (size_t i = 0; i < kDataItems; ++i) {
      (void)isolate->GetDataFromSnapshotOnce<v8::Data>(i);
    }
    const v8::Local<v8::Context> context = v8::Context::New(isolate);
    // More elements than an array can have: V8 has no way back from that.
    if (g_fault == Snapshot::Fault::kFatal) (void)v8::Array::New(isolate, INT_MAX);
    if (with_guest_runtime) {
      v8::Context::Scope entered(context);
      if (!Snapshot::RunGuestRuntime(isolate, context, Snapshot::Purpose::kSnapshot)) return {nullptr, 0};
    }
    {
      v8::Context::Scope entered(context);
      ShrinkNumberCache(isolate);
    }
    if (with_guest_runtime) StubCaches::Locate(isolate);
    creator->SetDefaultContext(context);
  }
  return creator->CreateBlob(v8::SnapshotCreator::FunctionCodeHandling::kClear);
}

void Finish(Snapshot::State state) {
  Shared& shared = GetShared();
  shared.state.store(state, std::memory_order_release);
  shared.finished.Set();
}

void Build() {
  Shared& shared = GetShared();
  v8::StartupData blob = *NodePlatform::EmbeddedSnapshot();
  bool owned = false;
  bool ok = true;
  for (int generation = 1; ok && generation <= kGenerations; ++generation) {
    if (shared.abandoned.load(std::memory_order_relaxed)) {
      ok = false;
      break;
    }
    if (g_fault == Snapshot::Fault::kNothing) {
      ok = false;
      break;
    }
    const v8::StartupData next = WriteGeneration(&blob, generation == kGenerations);
    if (owned) delete[] blob.data;
    blob = next;
    owned = true;
    ok = blob.data != nullptr;
  }
  if (ok) {
    shared.lean = blob;
  } else if (owned) {
    delete[] blob.data;
  }
  Finish(ok ? Snapshot::State::kReady : Snapshot::State::kFailed);
}

// When V8 cannot go on, as for want of memory, isolates do without the snapshot. The thread stands still then: V8
// collects garbage while it writes one, and other threads help with that.
class Building final : public LastResort::Client {
 public:
  void Run() { LastResort::Contain(this, LastResort::Thread::kPool, Build); }

 private:
  v8::Isolate* ContainedIsolate() const override { return nullptr; }
  bool IsCollecting() const override { return true; }
  void OnStandStill() override { Finish(Snapshot::State::kFailed); }
};

}  // namespace

void Snapshot::Prepare(std::string guest_source, bool node_snapshot) {
  Shared& shared = GetShared();
  std::call_once(shared.once, [&] {
    shared.guest_source = std::make_unique<GuestSource>(std::move(guest_source));
    shared.node_snapshot = node_snapshot && NodePlatform::EmbeddedSnapshot() != nullptr;
    if (shared.node_snapshot) shared.references = NodePlatform::EmbeddedReferences();
    for (const intptr_t reference : GuestNatives::References()) shared.references.push_back(reference);
    shared.references.push_back(reinterpret_cast<intptr_t>(shared.guest_source.get()));
    shared.references.push_back(0);
    if (!shared.node_snapshot || !kCanDerive) return;
    shared.state.store(State::kBuilding, std::memory_order_release);
    if (!StartDetachedThread("isolates-snap", kBuilderStack, [] { Building().Run(); })) Finish(State::kFailed);
  });
  shared.prepared.store(true, std::memory_order_release);
}

void Snapshot::FailBuilding(Fault fault) { g_fault = fault; }

bool Snapshot::IsPrepared() { return GetShared().prepared.load(std::memory_order_acquire); }

Snapshot::State Snapshot::state() { return GetShared().state.load(std::memory_order_acquire); }

Snapshot::Origin Snapshot::Current() {
  Shared& shared = GetShared();
  const intptr_t* references = shared.references.data();
  if (state() == State::kReady) return {&shared.lean, references, true};
  return {shared.node_snapshot ? NodePlatform::EmbeddedSnapshot() : nullptr, references, false};
}

void Snapshot::Wait() {
  if (state() == State::kBuilding) GetShared().finished.WaitUntil(kNever);
}

void Snapshot::Abandon() {
  GetShared().abandoned.store(true, std::memory_order_relaxed);
  Wait();
}

bool Snapshot::RunGuestRuntime(v8::Isolate* isolate, v8::Local<v8::Context> context, Purpose purpose) {
  v8::Local<v8::String> source;
  if (!v8::String::NewExternalOneByte(isolate, GetShared().guest_source.get()).ToLocal(&source)) return false;
  Shared& shared = GetShared();
  const std::shared_ptr<const CodeCache> cache = *shared.code_cache.Acquire();
  using Cached = v8::ScriptCompiler::CachedData;
  v8::ScriptCompiler::Source unit(
      source, MakeOrigin(isolate, Literal(isolate, "isolates:guest"), 0, 0),
      cache == nullptr ? nullptr : new Cached(cache->data->data, cache->data->length, Cached::BufferNotOwned));
  const auto options = cache == nullptr ? v8::ScriptCompiler::kNoCompileOptions : v8::ScriptCompiler::kConsumeCodeCache;
  v8::Local<v8::Script> script;
  v8::Local<v8::Value> bootstrap;
  v8::Local<v8::Object> natives;
  if (!v8::ScriptCompiler::Compile(context, &unit, options).ToLocal(&script) ||
      !script->Run(context).ToLocal(&bootstrap) || !GuestNatives::Make(isolate, context).ToLocal(&natives)) {
    return false;
  }
  ISOLATES_CHECK(bootstrap->IsFunction());
  v8::Local<v8::Value> argument = natives;
  if (bootstrap.As<v8::Function>()->Call(context, v8::Undefined(isolate), 1, &argument).IsEmpty()) return false;
  if (cache != nullptr || purpose == Purpose::kSnapshot) return true;
  // Now, with the functions in it that ran.
  std::unique_ptr<const Cached> made(v8::ScriptCompiler::CreateCodeCache(script->GetUnboundScript()));
  if (made != nullptr) {
    auto shared_cache = std::make_shared<const CodeCache>(CodeCache{std::move(made)});
    *shared.code_cache.Acquire() = std::move(shared_cache);
  }
  return true;
}

}  // namespace isolates
