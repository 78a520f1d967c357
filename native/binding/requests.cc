#include "binding/requests.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "binding/environment.h"
#include "binding/host_encoder.h"
#include "binding/pool_requests.h"
#include "binding/v8_cast.h"
#include "engine/isolate_control.h"
#include "engine/operations.h"
#include "engine/v8_compat.h"

namespace isolates {

namespace {

using Info = FastInfo;

TimeLimits LimitsAt(const Info& info, int index) { return {NumberAt(info, index), NumberAt(info, index + 1)}; }
// Infinity is no limit.
size_t LimitOf(double most) { return most < 9e15 ? static_cast<size_t>(most) : SIZE_MAX; }
size_t LimitAt(const Info& info, int index) { return LimitOf(NumberAt(info, index)); }
bool IsGiven(const Info& info, int index) { return !info[index]->IsUndefined(); }

SourceText TextAt(Environment* environment, const Info& info, int index) {
  ISOLATES_CHECK(info[index]->IsString());
  return SourceText(environment->isolate(), info[index].As<v8::String>());
}

v8::Local<v8::Value> ElementOf(Environment* environment, v8::Local<v8::Array> array, uint32_t index) {
  v8::Local<v8::Value> element;
  if (array->Get(environment->context(), index).ToLocal(&element)) return element;
  return v8::Undefined(environment->isolate());
}

std::vector<v8::Local<v8::Value>> ListAt(Environment* environment, const Info& info, int index) {
  std::vector<v8::Local<v8::Value>> list;
  if (!IsGiven(info, index)) return list;
  const auto array = info[index].As<v8::Array>();
  const uint32_t length = array->Length();
  list.reserve(length);
  for (uint32_t i = 0; i < length; ++i) list.push_back(ElementOf(environment, array, i));
  return list;
}

// The base class of handles: it makes them objects of the host, which the encoder refuses, instead of empty ones.
class Handle : public Napi::ObjectWrap<Handle> {
 public:
  explicit Handle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Handle>(info) {}
  static Napi::Function Define(Napi::Env env) { return DefineClass(env, "Handle", {}); }
};

// (handle, name | undefined, memory limit in bytes, globals | undefined, timeout, CPU timeout, ends on error, boot |
// undefined, most isolates below it, limits in the order of GuestLimits) => id
v8::Local<v8::Value> CreateIsolate(Napi::Env env, const Info& info) {
  Environment* environment = Environment::Of(env);
  IsolateControl::Options options;
  if (IsGiven(info, 1)) options.name = ToUtf8(environment->isolate(), info[1].As<v8::String>());
  options.limits.memory = static_cast<size_t>(NumberAt(info, 2));
  if (IsGiven(info, 3) && !HostEncoder(environment, 0, "globals").Encode(info[3], &options.globals)) return {};
  options.time = LimitsAt(info, 4);
  options.ends_on_error = info[6]->IsTrue();
  if (IsGiven(info, 7) && !HostEncoder(environment, 0, "options").Encode(info[7], &options.boot)) return {};
  options.family.own = std::make_shared<Quota>(static_cast<size_t>(NumberAt(info, 8)));
  if (options.limits.memory != 0) options.family.own_memory = std::make_shared<Quota>(options.limits.memory);
  const auto limits = info[9].As<v8::Array>();
  GuestLimits& guest = options.guest;
  uint32_t index = 0;
  for (size_t* limit : {&guest.host_calls, &guest.queue, &guest.message, &guest.timers, &guest.console}) {
    *limit = LimitOf(ElementOf(environment, limits, index++).As<v8::Number>()->Value());
  }
  const std::shared_ptr<IsolateControl> control =
      IsolateControl::Create(std::move(options), environment->shared_from_this());
  environment->Add(control, Napi::Object(env, ToNapi(info[0])));
  return v8::Number::New(environment->isolate(), static_cast<double>(control->id()));
}

// Posts an operation; a promise for its outcome, or undefined when the isolate is closed.
v8::Local<v8::Value> Post(Environment* environment, const Info& info, std::unique_ptr<Operation> operation,
                          const TimeLimits& limits) {
  const uint64_t id = IntegerAt(info, 0);
  IsolateBackend* control = environment->Find(id);
  if (control == nullptr) return {};
  if (control->IsFull()) {
    Outcome outcome = Outcome::Failure(ErrorCode::kQueueFull);
    outcome.what = std::to_string(control->guest_limits().queue);
    return environment->Result(id, outcome);
  }
  const Environment::Begun request = environment->Begin(id);
  if (!control->Submit(std::move(operation), request.ticket, limits)) {
    environment->TakeBack(request.ticket);
    return {};
  }
  return request.promise->GetPromise();
}

// Performs an operation on this thread; its value, or its failure is thrown.
v8::Local<v8::Value> PerformHere(Environment* environment, const Info& info, Operation* operation,
                                 const TimeLimits& limits) {
  const uint64_t id = IntegerAt(info, 0);
  IsolateBackend* control = environment->Find(id);
  Outcome outcome = Outcome::Failure(ErrorCode::kIsolateClosed);
  if (control != nullptr) {
    // Keeps it over its own end: the guest's console may have the host close it.
    const std::shared_ptr<IsolateBackend> keep = control->Self();
    environment->PerformHere(control, operation, limits, &outcome);
  }
  return environment->Result(id, outcome);
}

// (id, source, filename, line, column, globals, timeout, CPU timeout, transfer). Null with an exception pending.
std::unique_ptr<RunScript> ScriptAt(Environment* environment, const Info& info) {
  RunScript::Origin origin{TextAt(environment, info, 2), static_cast<int>(NumberAt(info, 3)),
                           static_cast<int>(NumberAt(info, 4))};
  Message globals;
  if (IsGiven(info, 5) && !HostEncoder(environment, IntegerAt(info, 0), "globals")
                               .EncodeMoving(info[5], ListAt(environment, info, 8), &globals)) {
    return nullptr;
  }
  return std::make_unique<RunScript>(TextAt(environment, info, 1), std::move(origin), std::move(globals));
}

// Of Operation::Result.
Operation::Result ResultAt(const Info& info, int index) {
  return static_cast<Operation::Result>(static_cast<int>(NumberAt(info, index)));
}

// (id, source, filename, line, column, globals, timeout, CPU timeout, transfer, result) => promise | undefined
v8::Local<v8::Value> Run(Napi::Env env, const Info& info) {
  Environment* environment = Environment::Of(env);
  std::unique_ptr<RunScript> script = ScriptAt(environment, info);
  if (script == nullptr) return {};
  script->result = ResultAt(info, 9);
  return Post(environment, info, std::move(script), LimitsAt(info, 6));
}

// (id, source, filename, line, column, globals, timeout, CPU timeout, transfer) => value
v8::Local<v8::Value> RunSync(Napi::Env env, const Info& info) {
  Environment* environment = Environment::Of(env);
  const std::unique_ptr<RunScript> script = ScriptAt(environment, info);
  if (script == nullptr) return {};
  return PerformHere(environment, info, script.get(), LimitsAt(info, 6));
}

// (source, filename) => handle for call and callSync
v8::Local<v8::Value> MakeFunction(Napi::Env env, const Info& info) {
  Environment* environment = Environment::Of(env);
  auto source = std::make_shared<const FunctionSource>(
      FunctionSource{NextFunctionNumber(), TextAt(environment, info, 0), TextAt(environment, info, 1)});
  using Held = std::shared_ptr<const FunctionSource>;
  return ToV8(
      Napi::External<Held>::New(env, new Held(std::move(source)), [](Napi::BasicEnv, Held* held) { delete held; }));
}

const std::shared_ptr<const FunctionSource>& FunctionAt(Napi::Env env, const Info& info, int index) {
  return *Napi::External<std::shared_ptr<const FunctionSource>>(env, ToNapi(info[index])).Data();
}

// False when one of them is no scalar. Nothing with an exception pending.
v8::Maybe<bool> ScalarsOf(Environment* environment, v8::Local<v8::Array> array, CallArguments* arguments) {
#if V8_MAJOR_VERSION >= 12
  // Much cheaper than asking for each.
  struct Progress {
    CallArguments* arguments;
    bool scalars = true;
  } progress{arguments};
  using Result = v8::Array::CallbackResult;
  const auto next = [](uint32_t index, v8::Local<v8::Value> element, void* data) {
    auto* at = static_cast<Progress*>(data);
    // A getter may make the list longer meanwhile.
    at->scalars = index < at->arguments->count && Encoder::EncodeScalar(element, &at->arguments->scalars[index]);
    return at->scalars ? Result::kContinue : Result::kBreak;
  };
  if (array->Iterate(environment->context(), next, &progress).IsNothing()) return v8::Nothing<bool>();
  return v8::Just(progress.scalars);
#else
  for (uint32_t i = 0; i < arguments->count; ++i) {
    v8::Local<v8::Value> element;
    if (!array->Get(environment->context(), i).ToLocal(&element)) return v8::Nothing<bool>();
    if (!Encoder::EncodeScalar(element, &arguments->scalars[i])) return v8::Just(false);
  }
  return v8::Just(true);
#endif
}

// The array at 4, with the transfer list at 5. False with an exception pending.
bool ArgumentsAt(Environment* environment, const Info& info, CallArguments* arguments, size_t most = SIZE_MAX) {
  const auto array = info[4].As<v8::Array>();
  const uint32_t length = array->Length();
  arguments->count = length;
  if (length <= CallArguments::kMostScalars && !IsGiven(info, 5)) {
    bool scalars = false;
    if (!ScalarsOf(environment, array, arguments).To(&scalars)) return false;
    if (scalars) return true;
  }
  arguments->encoded = std::make_unique<Message>();
  return HostEncoder(environment, IntegerAt(info, 0), "args", most)
      .EncodeAll(ListAt(environment, info, 4), ListAt(environment, info, 5), arguments->encoded.get());
}

// (id, function, timeout, CPU timeout, arguments, transfer, result) => promise | undefined
v8::Local<v8::Value> Call(Napi::Env env, const Info& info) {
  Environment* environment = Environment::Of(env);
  CallArguments arguments;
  if (!ArgumentsAt(environment, info, &arguments)) return {};
  auto call = std::make_unique<CallFunction>(FunctionAt(env, info, 1), std::move(arguments));
  call->result = ResultAt(info, 6);
  return Post(environment, info, std::move(call), LimitsAt(info, 2));
}

// (0, function, timeout, CPU timeout, arguments, transfer, result, pool, priority, may be cancelled, most bytes of the
// arguments) => promise
v8::Local<v8::Value> CallInPool(Napi::Env env, const Info& info) {
  Environment* environment = Environment::Of(env);
  CallArguments arguments;
  if (!ArgumentsAt(environment, info, &arguments, LimitAt(info, 10))) return {};
  auto call = std::make_unique<CallFunction>(FunctionAt(env, info, 1), std::move(arguments));
  call->result = ResultAt(info, 6);
  const Environment::Begun request = environment->Begin(0);
  TaskPool::Task task{std::move(call), request.ticket, LimitsAt(info, 2), info[9]->IsTrue(), Clock::now()};
  PoolAt(env, info, 7)->Submit(std::move(task), static_cast<int32_t>(NumberAt(info, 8)));
  return request.promise->GetPromise();
}

// (id, function, timeout, CPU timeout, arguments, transfer) => value
v8::Local<v8::Value> CallSync(Napi::Env env, const Info& info) {
  Environment* environment = Environment::Of(env);
  CallArguments arguments;
  if (!ArgumentsAt(environment, info, &arguments)) return {};
  CallFunction call(FunctionAt(env, info, 1), std::move(arguments));
  return PerformHere(environment, info, &call, LimitsAt(info, 2));
}

// Those of the isolate: reading and defining globals may run code of the guest's.
TimeLimits DefaultLimits(Environment* environment, const Info& info) {
  const IsolateBackend* control = environment->Find(IntegerAt(info, 0));
  return control == nullptr ? TimeLimits() : control->time();
}

// (id, function, timeout, CPU timeout, arguments, transfer) => value | promise
v8::Local<v8::Value> CallAtOnce(Napi::Env env, const Info& info) {
  Environment* environment = Environment::Of(env);
  CallArguments arguments;
  if (!ArgumentsAt(environment, info, &arguments)) return {};
  auto call = std::make_unique<CallFunction>(FunctionAt(env, info, 1), std::move(arguments));
  const uint64_t id = IntegerAt(info, 0);
  const TimeLimits limits = LimitsAt(info, 2);
  Outcome outcome = Outcome::Failure(ErrorCode::kIsolateClosed);
  if (IsolateBackend* control = environment->Find(id); control != nullptr) {
    const std::shared_ptr<IsolateBackend> keep = control->Self();
    v8::Local<v8::Promise> promise;
    switch (environment->PerformAtOnce(control, call.get(), limits, &outcome, &promise)) {
      case IsolateBackend::AtOnce::kPending:
        return promise;
      case IsolateBackend::AtOnce::kBusy:
        if (const v8::Local<v8::Value> later = Post(environment, info, std::move(call), limits); !later.IsEmpty()) {
          return later;
        }
        break;
      case IsolateBackend::AtOnce::kEnded:
        break;
    }
  }
  return environment->Result(id, outcome);
}

// (id, globals) => promise | undefined
v8::Local<v8::Value> Set(Napi::Env env, const Info& info) {
  Environment* environment = Environment::Of(env);
  Message globals;
  if (!HostEncoder(environment, IntegerAt(info, 0), "globals").Encode(info[1], &globals)) return {};
  return Post(environment, info, std::make_unique<SetGlobals>(std::move(globals)), DefaultLimits(environment, info));
}

// (id, name, is an identifier) => promise | undefined
v8::Local<v8::Value> Get(Napi::Env env, const Info& info) {
  Environment* environment = Environment::Of(env);
  auto get = std::make_unique<GetGlobal>(TextAt(environment, info, 1), info[2]->IsTrue());
  return Post(environment, info, std::move(get), DefaultLimits(environment, info));
}

}  // namespace

void ExportRequests(Napi::Env env, Napi::Object exports) {
  const v8::Local<v8::Context> context = v8::Isolate::GetCurrent()->GetCurrentContext();
  exports.Set("Handle", Handle::Define(env));
  exports.Set("create", MakeFastFunction<CreateIsolate>(env, context));
  exports.Set("run", MakeFastFunction<Run>(env, context));
  exports.Set("runSync", MakeFastFunction<RunSync>(env, context));
  exports.Set("makeFunction", MakeFastFunction<MakeFunction>(env, context));
  exports.Set("call", MakeFastFunction<Call>(env, context));
  exports.Set("callInPool", MakeFastFunction<CallInPool>(env, context));
  exports.Set("callSync", MakeFastFunction<CallSync>(env, context));
  exports.Set("callAtOnce", MakeFastFunction<CallAtOnce>(env, context));
  exports.Set("set", MakeFastFunction<Set>(env, context));
  exports.Set("get", MakeFastFunction<Get>(env, context));
}

}  // namespace isolates
