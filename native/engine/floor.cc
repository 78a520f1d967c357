#include "engine/floor.h"

#include <v8.h>

#include <memory>

#include "base/clock.h"
#include "engine/foreground_tasks.h"
#include "engine/node_platform.h"
#include "engine/process.h"
#include "engine/snapshot.h"
#include "engine/v8_compat.h"

namespace isolates {

int64_t MeasureStartup() {
  const std::unique_ptr<v8::ArrayBuffer::Allocator> allocator(v8::ArrayBuffer::Allocator::NewDefaultAllocator());
  const TimePoint begin = Clock::now();
  const Snapshot::Origin origin = Snapshot::Current();
  v8::Isolate::CreateParams params;
  params.snapshot_blob = origin.blob;
  params.external_references = origin.references;
  params.array_buffer_allocator = allocator.get();
  v8::Isolate* isolate = v8::Isolate::Allocate();
  NodePlatform::Register(isolate, std::make_shared<ForegroundTasks>(&Process::Get().timer));
  v8::Isolate::Initialize(isolate, params);
  {
    v8::Locker locker(isolate);
    v8::Isolate::Scope entered(isolate);
    v8::HandleScope handles(isolate);
    const v8::Local<v8::Context> context = v8::Context::New(isolate);
    v8::Context::Scope context_scope(context);
    v8::Local<v8::Script> script;
    if (v8::Script::Compile(context, Literal(isolate, "1")).ToLocal(&script)) script->Run(context).ToLocalChecked();
  }
  NodePlatform::Dispose(isolate);
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin).count();
}

}  // namespace isolates
