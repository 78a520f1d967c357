#include "binding/pool_requests.h"

#include <limits>
#include <optional>
#include <vector>

#include "binding/environment.h"

namespace isolates {

namespace {

using Info = FastInfo;
using Held = std::shared_ptr<TaskPool>;

// A count where 0 means no limit.
size_t LimitAt(const Info& info, int index) {
  const double limit = NumberAt(info, index);
  return limit == 0 ? std::numeric_limits<size_t>::max() : static_cast<size_t>(limit);
}

v8::Local<v8::Value> Numbers(Environment* environment, const std::vector<double>& numbers) {
  std::vector<v8::Local<v8::Value>> elements;
  elements.reserve(numbers.size());
  for (const double number : numbers) elements.push_back(v8::Number::New(environment->isolate(), number));
  return v8::Array::New(environment->isolate(), elements.data(), elements.size());
}

// () => pool
v8::Local<v8::Value> MakePool(Napi::Env env, const Info&) {
  return ToV8(Napi::External<Held>::New(env, new Held(std::make_shared<TaskPool>()),
                                        [](Napi::BasicEnv, Held* held) { delete held; }));
}

// (pool, id, tasks at a time, most tasks, most bytes): 0 for no limit. False when the isolate is closed.
v8::Local<v8::Value> JoinPool(Napi::Env env, const Info& info) {
  Environment* environment = Environment::Of(env);
  IsolateBackend* control = environment->Find(IntegerAt(info, 1));
  if (control == nullptr) return v8::False(environment->isolate());
  control->JoinPool(PoolAt(env, info, 0), {.at_a_time = static_cast<size_t>(NumberAt(info, 2)),
                                           .most_tasks = LimitAt(info, 3),
                                           .most_bytes = static_cast<size_t>(NumberAt(info, 4))});
  return v8::True(environment->isolate());
}

// (pool, id) => whether it has no task any more; 'retired' is delivered otherwise, when the last has ended
v8::Local<v8::Value> RetireFromPool(Napi::Env env, const Info& info) {
  return v8::Boolean::New(Environment::Of(env)->isolate(), PoolAt(env, info, 0)->Retire(IntegerAt(info, 1)));
}

// (pool, ticket, reason): rejects the promise, and takes the task out of the line or stops it.
v8::Local<v8::Value> CancelInPool(Napi::Env env, const Info& info) {
  Environment* environment = Environment::Of(env);
  const uint64_t ticket = IntegerAt(info, 1);
  if (PoolAt(env, info, 0)->Cancel(ticket)) {
    environment->Refuse(ticket, info[2]);
  } else {
    environment->Abandon(ticket, info[2]);
  }
  return {};
}

// (pool) => the tickets of what was in line
v8::Local<v8::Value> ClearPool(Napi::Env env, const Info& info) {
  const std::vector<uint64_t> tickets = PoolAt(env, info, 0)->Clear();
  return Numbers(Environment::Of(env), {tickets.begin(), tickets.end()});
}

// (ticket, reason): for one of those.
v8::Local<v8::Value> RefuseTask(Napi::Env env, const Info& info) {
  Environment::Of(env)->Refuse(IntegerAt(info, 0), info[1]);
  return {};
}

// (pool) => [queued, running]
v8::Local<v8::Value> PoolLoad(Napi::Env env, const Info& info) {
  const TaskPool::Load load = PoolAt(env, info, 0)->load();
  return Numbers(Environment::Of(env), {static_cast<double>(load.queued), static_cast<double>(load.running)});
}

// (pool, id) => the ticket of the only task that it has, or -1
v8::Local<v8::Value> TaskInPool(Napi::Env env, const Info& info) {
  const std::optional<uint64_t> ticket = PoolAt(env, info, 0)->TaskOf(IntegerAt(info, 1));
  return v8::Number::New(Environment::Of(env)->isolate(), ticket.has_value() ? static_cast<double>(*ticket) : -1);
}

// (pool, id) => whether it has ended before it could look for a task
v8::Local<v8::Value> NeverCameToPool(Napi::Env env, const Info& info) {
  const bool never_came = PoolAt(env, info, 0)->ForgetAbsent(IntegerAt(info, 1));
  return v8::Boolean::New(Environment::Of(env)->isolate(), never_came);
}

// (pool, milliseconds) => the isolates that have had nothing to do for so long, those first that rest longest
v8::Local<v8::Value> IdleInPool(Napi::Env env, const Info& info) {
  const auto rest =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double, std::milli>(NumberAt(info, 1)));
  const std::vector<uint64_t> resting = PoolAt(env, info, 0)->IdleSince(Clock::now() - rest);
  return Numbers(Environment::Of(env), {resting.begin(), resting.end()});
}

// (pool) => how long tasks have waited and run since the last time, in turn, in nanoseconds
v8::Local<v8::Value> PoolSamples(Napi::Env env, const Info& info) {
  std::vector<double> samples;
  for (const TaskPool::Sample& sample : PoolAt(env, info, 0)->TakeSamples()) {
    samples.push_back(sample.waited);
    samples.push_back(sample.ran);
  }
  return Numbers(Environment::Of(env), samples);
}

}  // namespace

const std::shared_ptr<TaskPool>& PoolAt(Napi::Env env, const FastInfo& info, int index) {
  return *Napi::External<Held>(env, ToNapi(info[index])).Data();
}

void ExportPoolRequests(Napi::Env env, Napi::Object exports) {
  const v8::Local<v8::Context> context = v8::Isolate::GetCurrent()->GetCurrentContext();
  exports.Set("makePool", MakeFastFunction<MakePool>(env, context));
  exports.Set("joinPool", MakeFastFunction<JoinPool>(env, context));
  exports.Set("retireFromPool", MakeFastFunction<RetireFromPool>(env, context));
  exports.Set("cancelInPool", MakeFastFunction<CancelInPool>(env, context));
  exports.Set("clearPool", MakeFastFunction<ClearPool>(env, context));
  exports.Set("refuseTask", MakeFastFunction<RefuseTask>(env, context));
  exports.Set("poolLoad", MakeFastFunction<PoolLoad>(env, context));
  exports.Set("taskInPool", MakeFastFunction<TaskInPool>(env, context));
  exports.Set("neverCameToPool", MakeFastFunction<NeverCameToPool>(env, context));
  exports.Set("idleInPool", MakeFastFunction<IdleInPool>(env, context));
  exports.Set("poolSamples", MakeFastFunction<PoolSamples>(env, context));
}

}  // namespace isolates
