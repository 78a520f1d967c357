#include "engine/guest_heap.h"

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstdint>
#include <utility>

#include "base/memory.h"
#include "base/thread.h"
#include "engine/guest_handlers.h"
#include "engine/guest_natives.h"
#include "engine/heap_faults.h"
#include "engine/interrupts.h"
#include "engine/last_resort.h"
#include "engine/module_registry.h"
#include "engine/node_platform.h"
#include "engine/process.h"
#include "engine/snapshot.h"
#include "engine/stub_cache.h"
#include "engine/v8_flags.h"

namespace isolates {

namespace {

// What guests may use of a thread's stack, and what must stay below that for V8's own C++ code and for ours.
constexpr uintptr_t kGuestStack = uintptr_t{984} << 10;
constexpr uintptr_t kStackReserve = uintptr_t{192} << 10;
constexpr uintptr_t kLeastStack = uintptr_t{32} << 10;

// How often a thread of Node's that waits in a guest looks whether it must end.
constexpr std::chrono::milliseconds kLookEvery{10};

// Granted when the limit is hit, so that the guest reaches a place where it can be looked at, and once more so that it
// can unwind. Native work of V8's that goes on allocating, where nothing can stop it, is left (LastResort) when that is
// used up too.
constexpr size_t kUnwindRoom = size_t{128} << 20;

// A heap that is found full is found so this many times more, each time with a quarter of its limit in addition, before
// that is believed; and only where the limit is so small that it matters.
constexpr size_t kMostDoubts = 2;
// V8 ends in the midst of a collection if several in a row gained little and the limit stays as it is, and there
// nothing can be contained on a thread of Node's. One byte more has it go on to where an allocation fails, in the
// native code that never looks whether it should stop. On a thread of ours, which can be given up, that may not take
// for ever.
constexpr size_t kMostRefusals = 4;
constexpr size_t kDoubtfulLimit = size_t{128} << 20;

// V8 14 counts the memory of buffers and external strings towards the limit of the heap, and takes a buffer that cannot
// be had for a heap that is full.
constexpr bool kLimitCountsExternal = V8_MAJOR_VERSION >= 14;

// V8 14 cannot read a snapshot into a smaller heap. What is above the guest's own limit is looked at after collections.
constexpr size_t kLeastHeap = V8_MAJOR_VERSION >= 14 ? size_t{12} << 20 : 0;

std::atomic<unsigned> g_faults{0};

bool TakeFault() {
  unsigned left = g_faults.load(std::memory_order_relaxed);
  while (left != 0 && !g_faults.compare_exchange_weak(left, left - 1, std::memory_order_relaxed)) continue;
  return left != 0;
}

}  // namespace

void FailHeaps(unsigned count) { g_faults.store(count, std::memory_order_relaxed); }

GuestHeap::GuestHeap(const Limits& limits)
    : limits_(limits),
      allocator_(std::make_shared<BufferAllocator>(limits.memory == 0 ? BufferAllocator::kUnlimited : limits.memory)),
      tasks_(std::make_shared<ForegroundTasks>(&Process::Get().timer)),
      isolate_(v8::Isolate::Allocate()) {}

bool GuestHeap::Create(const Limits& limits, std::unique_ptr<GuestHeap>* heap) {
  heap->reset(new GuestHeap(limits));
  (*heap)->is_made_ = (*heap)->Initialize();
  if (!(*heap)->is_made_) heap->reset();
  return *heap != nullptr;
}

bool GuestHeap::Initialize() {
  const Snapshot::Origin origin = Snapshot::Current();
  v8::Isolate::CreateParams params;
  params.snapshot_blob = origin.blob;
  params.external_references = origin.references;
  params.array_buffer_allocator_shared = allocator_;
  if (limits_.memory != 0) params.constraints.ConfigureDefaultsFromHeapSize(0, std::max(limits_.memory, kLeastHeap));
  // Before Initialize, which uses the platform already.
  NodePlatform::Register(isolate_, tasks_);
  optimising_in_place_.emplace();
  v8::Isolate::Initialize(isolate_, params);
  optimising_in_place_.reset();
  isolate_->SetData(0, this);
  isolate_->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
  isolate_->AddNearHeapLimitCallback(OnNearHeapLimit, this);
  ModuleRegistry::Install(isolate_);
  isolate_->AddGCPrologueCallback(OnCollecting, this);
  isolate_->AddGCEpilogueCallback(OnCollected, this);
  isolate_->SetAllowWasmCodeGenerationCallback(OnWasm);
  isolate_->SetPromiseRejectCallback(OnReject);
  isolate_->SetOOMErrorHandler([](const char*, const v8::OOMDetails&) { LastResort::OnFatalError(); });

  v8::Locker locker(isolate_);
  v8::Isolate::Scope isolate_scope(isolate_);
  v8::HandleScope handles(isolate_);
  isolate_->AddMessageListenerWithErrorLevel(OnMessage, v8::Isolate::kMessageError);
  const v8::Local<v8::Context> context = v8::Context::New(isolate_);
  if (context.IsEmpty()) return false;
  // More elements than an array can have.
  if (TakeFault()) (void)v8::Array::New(isolate_, INT_MAX);
  context_.Reset(isolate_, context);
  if (origin.has_guest_runtime) return true;
  v8::Context::Scope context_scope(context);
  return Snapshot::RunGuestRuntime(isolate_, context, Snapshot::Purpose::kUse);
}

GuestHeap::~GuestHeap() {
  // 1. No task of V8 runs any more, and none is taken. 2. Modules and the context go under the lock. 3. The isolate
  // goes with no lock held: V8 checks that nobody is inside. 4. The allocator lives on in buffers that moved to other
  // heaps.
  tasks_->SetWake(nullptr);
  {
    v8::Locker locker(isolate_);
    v8::Isolate::Scope isolate_scope(isolate_);
    modules_.reset();
    context_.Reset();
    tasks_->Close();
  }
  NodePlatform::Dispose(isolate_);
  FreeLeft();
}

void GuestHeap::WarmUp() {
  const HeapLock lock(this);
  const v8::TryCatch caught(isolate_);
  v8::Local<v8::Script> script;
  if (v8::Script::Compile(lock.context(), Literal(isolate_, "(() => 0)()")).ToLocal(&script)) {
    (void)script->Run(lock.context()).IsEmpty();
  }
}

void GuestHeap::Assign(Identity identity, Client* client) {
  identity_ = std::move(identity);
  client_ = client;
  born_ = Clock::now();
}

ModuleRegistry* GuestHeap::modules() {
  if (modules_ == nullptr) modules_ = std::make_unique<ModuleRegistry>(this);
  return modules_.get();
}

void GuestHeap::OnCollecting(v8::Isolate*, v8::GCType, v8::GCCallbackFlags, void* heap) {
  static_cast<GuestHeap*>(heap)->collecting_ = true;
}

void GuestHeap::OnCollected(v8::Isolate*, v8::GCType type, v8::GCCallbackFlags, void* data) {
  auto* heap = static_cast<GuestHeap*>(data);
  heap->collecting_ = false;
  if (type == v8::kGCTypeMarkSweepCompact && heap->client_ != nullptr) heap->client_->OnCollected();
}

void GuestHeap::GiveBackIdleMemory() {
  pins().Clear();
  StubCaches::Release(isolate_);
}
void GuestHeap::LeaveSharing() {
  Leave();
  loop_.Leave();
  rejections_.Clear();
  tokens_.Leave();
  remote_.Leave();
}

void GuestHeap::AbandonSharing() {
  optimising_in_place_.reset();
  // One that nobody has got shares nothing.
  if (client_ != nullptr) Abandon();
}

void GuestHeap::OnReject(v8::PromiseRejectMessage rejection) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  if (rejection.GetEvent() == v8::kPromiseRejectWithNoHandler) {
    Of(isolate)->rejections_.Add(isolate, rejection.GetPromise());
  } else if (rejection.GetEvent() == v8::kPromiseHandlerAddedAfterReject) {
    GuestHandlers::OnHandled(isolate->GetCurrentContext(), rejection.GetPromise());
  }
}

void GuestHeap::OnMessage(v8::Local<v8::Message> message, v8::Local<v8::Value> exception) {
  // V8 has nobody else to tell of what microtasks and finalization callbacks throw.
  GuestHeap* heap = Of(v8::Isolate::GetCurrent());
  if (heap->client_ != nullptr) heap->client_->OnUncaught(exception, message);
}

void GuestHeap::LoadClasses() { GuestNatives::LoadPart(isolate_, context(), "isolates"); }

void GuestHeap::EndIfTold() { client_->ClientInterrupts()->AskAgain(isolate_); }

void GuestHeap::LoadRemote(Realm* heap) { GuestNatives::LoadPart(heap->isolate(), heap->context(), "remote"); }

void GuestHeap::LoadPlain() { GuestNatives::LoadPart(isolate_, context(), "plain"); }

bool GuestHeap::Park(const std::function<bool(TimePoint until)>& wait_until, const std::function<void()>& give_up,
                     TimePoint deadline) {
  {
    const Interrupts::Sleep sleep(client_->ClientInterrupts(), give_up);
    if (client_->IsOnNodeThread()) {
      // Nothing tells a worker thread in native code that it is being terminated.
      while (!wait_until(std::min(deadline, Clock::now() + kLookEvery)) && Clock::now() < deadline) {
        if (client_->NodeThreadEnds()) break;
      }
    } else {
      wait_until(deadline);
    }
  }
  return !client_->ClientInterrupts()->EndHere(isolate_);
}

void GuestHeap::Print(ConsoleOutput output) {
  if (client_ != nullptr) client_->OnPrint(std::move(output));
}

bool GuestHeap::IsOverLimit() {
  if (limits_.memory == 0) return false;
  if (review_due_) Review(isolate_, this);
  if (out_of_memory()) return true;
  // Some versions of V8 count buffers in, which have a limit of the same size to themselves.
  const size_t most = 2 * limits_.memory;
  v8::HeapStatistics statistics;
  isolate_->GetHeapStatistics(&statistics);
  if (statistics.used_heap_size() <= most) return false;
  isolate_->LowMemoryNotification();
  isolate_->GetHeapStatistics(&statistics);
  return statistics.used_heap_size() > most;
}

size_t GuestHeap::OnNearHeapLimit(void* data, size_t current, size_t initial) {
  auto* heap = static_cast<GuestHeap*>(data);
  if (heap->out_of_memory()) {
    const bool is_on_node_thread = heap->client_ != nullptr && heap->client_->IsOnNodeThread();
    const bool goes_on = is_on_node_thread || ++heap->refusals_ <= kMostRefusals;
    return current + (goes_on ? 1 : 0);
  }
  v8::HeapStatistics statistics;
  heap->isolate_->GetHeapStatistics(&statistics);
  const size_t most = heap->limits_.memory == 0 ? SIZE_MAX : heap->limits_.memory;
  // For a buffer that cannot be had V8 calls several times over, however empty the heap is.
  const bool is_full = !kLimitCountsExternal || statistics.used_heap_size() > current / 2;
  if ((heap->review_due_ && is_full) || statistics.used_heap_size() > most) {
    // One stride went over all of the limit, or all the room was used up before the guest came to a place where it
    // could be looked at.
    heap->EndForMemory();
  } else {
    // Not yet the end: V8 calls after one collection, which spares what its caches of compiled code hold, and some
    // versions of it count buffers in. It cannot be told to collect in here.
    heap->review_due_ = true;
    heap->fair_limit_ = initial;
    heap->isolate_->RequestInterrupt(Review, heap);
  }
  return current + kUnwindRoom;
}

void GuestHeap::Review(v8::Isolate* isolate, void* data) {
  auto* heap = static_cast<GuestHeap*>(data);
  if (!heap->review_due_ || heap->out_of_memory()) return;
  isolate->LowMemoryNotification();
  heap->review_due_ = false;
  v8::HeapStatistics statistics;
  isolate->GetHeapStatistics(&statistics);
  const size_t used = statistics.used_heap_size();
  size_t limit = heap->fair_limit_;
  // The last quarter is what V8 loses between objects. Without it a heap that is nearly full would be looked at again
  // and again.
  if (used <= limit - limit / 4) {
    heap->doubts_ = 0;
  } else if (++heap->doubts_ > kMostDoubts || limit > kDoubtfulLimit || used > heap->limits_.memory) {
    heap->EndForMemory();
    return;
  } else {
    // Perhaps it is in the midst of compiling something: V8 then holds on to all of its cache, which in a small heap
    // may be most of it.
    limit += heap->doubts_ * (limit / 4);
  }
  if (kLimitCountsExternal) limit += statistics.external_memory();
  isolate->RemoveNearHeapLimitCallback(OnNearHeapLimit, limit);
  isolate->AddNearHeapLimitCallback(OnNearHeapLimit, heap);
}

void GuestHeap::Survey() {
  if (limits_.memory == 0 || out_of_memory()) return;
  ResidentMark* const mark = client_->ClientResidentMark();
  const auto own = [this] {
    v8::HeapStatistics statistics;
    isolate_->GetHeapStatistics(&statistics);
    return statistics.total_heap_size() + allocator_->used();
  };
  // What the heap has given up V8 gives back when it comes to it, and its collections take memory in step with the
  // heap.
  most_own_ = std::max(most_own_, own());
  const size_t grown = most_own_ > own_at_mark_ ? most_own_ - own_at_mark_ : 0;
  if (ResidentMark::Resident() < mark->bytes() + grown + grown / 4 + ResidentMark::kStep) return;
  // Plain buffers may come as near to the limit as the allocator lets them.
  const size_t most = limits_.memory + limits_.memory / 8;
  const bool outgrew = CountElsewhere().bytes() > most || BytesOutside(isolate_, context(), foreign_stores_) > most;
  // Walking through a heap of many objects takes seconds, and memory that would ask for the next walk.
  ReturnFreeMemory();
  mark->Set(ResidentMark::Resident());
  own_at_mark_ = most_own_ = own();
  if (outgrew) EndForMemory();
}

void GuestHeap::OnMade(const Value& value) {
  ValueAccount::Charge(values_, value);
  if (limits_.memory == 0 || values_->bytes() <= limits_.memory || out_of_memory()) return;
  // Most of them may be nobody's any more. Of the ways to collect all garbage the one that does not put off what its
  // end leads to.
  isolate_->MemoryPressureNotification(v8::MemoryPressureLevel::kCritical);
  isolate_->MemoryPressureNotification(v8::MemoryPressureLevel::kNone);
  if (values_->bytes() > limits_.memory) EndForMemory();
}

bool GuestHeap::OnWasm(v8::Local<v8::Context>, v8::Local<v8::String>) {
  GuestHeap* const heap = Of(v8::Isolate::GetCurrent());
  if (!heap->wasm_tiering_pause_.has_value()) heap->wasm_tiering_pause_.emplace();
  return true;
}

void GuestHeap::EndForMemory() {
  out_of_memory_.store(true, std::memory_order_relaxed);
  isolate_->TerminateExecution();
}

HeapLock::HeapLock(GuestHeap* heap)
    : RealmLock(heap),
      heap_(heap),
      locker_(heap->isolate()),
      isolate_scope_(heap->isolate()),
      handles_(heap->isolate()),
      context_scope_(context_ = heap->context()) {
  // V8's lock sets the limit from where the stack happens to be, and from a size that need not be there: a worker
  // thread's own JavaScript may have used nearly all of its stack before it came here.
  const StackBounds stack = CurrentStackBounds();
  const uintptr_t here = CurrentStackAddress();
  const uintptr_t wanted = here > kGuestStack ? here - kGuestStack : 0;
  const uintptr_t limit = std::max(stack.low + kStackReserve, wanted);
  has_stack_ = here > limit + kLeastStack;
  stack_limit_.emplace(has_stack_ ? limit : here - kLeastStack);
  isolate()->SetStackLimit(has_stack_ ? limit : here - kLeastStack);
}

}  // namespace isolates
