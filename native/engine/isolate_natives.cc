#include "engine/isolate_natives.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "engine/child_isolates.h"
#include "engine/encoder.h"
#include "engine/isolate_control.h"
#include "engine/native_function.h"
#include "engine/operations.h"

namespace isolates {

namespace {

// What an isolate gets of the memory of the one that makes it, where nobody says how much; and the least.
constexpr size_t kDefaultShare = 4;
constexpr size_t kLeastMemory = size_t{8} << 20;

IsolateControl* ControlOf(Realm* realm) {
  return static_cast<IsolateControl*>(static_cast<GuestHeap*>(realm)->client());
}
ChildIsolates& ChildrenOf(Realm* realm) { return ControlOf(realm)->children(); }

uint64_t IdAt(const Arguments& arguments, int index) {
  const double number = NumberAt(arguments, index);
  return number > 0 ? static_cast<uint64_t>(number) : 0;
}
double Bounded(double wanted, double most) {
  if (!(wanted > 0)) return most;
  return most > 0 && wanted > most ? most : wanted;
}
// At two places. No more time than the guest itself has for whatever is nobody's call; 0 for no bound.
TimeLimits LimitsAt(Realm* realm, const Arguments& arguments, int index) {
  const TimeLimits& most = ControlOf(realm)->time();
  return {Bounded(NumberAt(arguments, index), most.wall), Bounded(NumberAt(arguments, index + 1), most.cpu)};
}
SourceText TextAt(Realm* realm, const Arguments& arguments, int index) {
  if (!arguments[index]->IsString()) return {};
  return SourceText(realm->isolate(), arguments[index].As<v8::String>());
}
std::vector<v8::Local<v8::Value>> ListAt(Realm* realm, const Arguments& arguments, int index) {
  std::vector<v8::Local<v8::Value>> list;
  if (!arguments[index]->IsArray()) return list;
  const auto array = arguments[index].As<v8::Array>();
  for (uint32_t i = 0; i < array->Length(); ++i) {
    v8::Local<v8::Value> element;
    if (!array->Get(realm->context(), i).ToLocal(&element)) element = v8::Undefined(realm->isolate());
    list.push_back(element);
  }
  return list;
}

// Encodes by `body`; false with an exception pending. `root` is what paths begin with.
template <class Body>
bool Encode(Realm* realm, uint64_t id, const char* root, const std::vector<v8::Local<v8::Value>>& transfer,
            const Body& body) {
  Encoder encoder(realm);
  bool transferable = false;
  {
    v8::TryCatch caught(realm->isolate());
    transferable = encoder.SetTransfer(transfer);
    if (transferable && body(&encoder)) return true;
    if (caught.HasTerminated() || encoder.terminated()) {
      // V8 would forget it here, and it cannot be thrown again.
      realm->isolate()->TerminateExecution();
      return false;
    }
    if (caught.HasCaught()) {
      // A getter of the guest's own value threw: that is what the guest gets.
      caught.ReThrow();
      return false;
    }
  }
  Outcome outcome = Outcome::Failure(encoder.refusal());
  outcome.where = transferable ? root + encoder.path() : encoder.path();
  outcome.what = encoder.failure();
  ChildrenOf(realm).Result(id, outcome);
  return false;
}

// Undefined stands for none.
bool GlobalsAt(Realm* realm, const Arguments& arguments, int index, int transfer, Message* globals) {
  if (!arguments[index]->IsObject()) return true;
  const std::vector<v8::Local<v8::Value>> moved =
      transfer < 0 ? std::vector<v8::Local<v8::Value>>() : ListAt(realm, arguments, transfer);
  return Encode(realm, IdAt(arguments, 0), "globals", moved,
                [&](Encoder* encoder) { return encoder->Encode(arguments[index], globals); });
}

// (deliver, make failure, fail): before all else.
v8::Local<v8::Value> Connect(Realm* realm, const Arguments& arguments) {
  for (int i = 0; i < 3; ++i) ISOLATES_CHECK(arguments[i]->IsFunction());
  ChildrenOf(realm).Connect(
      static_cast<GuestHeap*>(realm),
      {arguments[0].As<v8::Function>(), arguments[1].As<v8::Function>(), arguments[2].As<v8::Function>()});
  return {};
}

// () => [memory limit in bytes, timeout, CPU timeout, isolates it may have below it]; 0 for no limit or timeout
v8::Local<v8::Value> Limits(Realm* realm, const Arguments&) {
  const IsolateControl* control = ControlOf(realm);
  v8::Local<v8::Value> limits[] = {v8::Number::New(realm->isolate(), static_cast<double>(control->memory_limit())),
                                   v8::Number::New(realm->isolate(), control->time().wall),
                                   v8::Number::New(realm->isolate(), control->time().cpu),
                                   v8::Number::New(realm->isolate(), static_cast<double>(control->quota()->most()))};
  return v8::Array::New(realm->isolate(), limits, 4);
}

// (0, handle, name | undefined, memory limit, globals | undefined, timeout, CPU timeout, most isolates below it |
// undefined, console)
// => id; 0 when there may be no more of them, below 0 when they may have no more memory
v8::Local<v8::Value> Create(Realm* realm, const Arguments& arguments) {
  const IsolateControl* control = ControlOf(realm);
  IsolateControl::Options options;
  if (arguments[2]->IsString()) options.name = ToUtf8(realm->isolate(), arguments[2].As<v8::String>());
  const double wanted = NumberAt(arguments, 3);
  options.limits.memory = wanted >= 1 && wanted < 1e18 ? static_cast<size_t>(wanted) : 0;
  const size_t most = control->memory_limit();
  if (most != 0 && options.limits.memory == 0) options.limits.memory = std::max(most / kDefaultShare, kLeastMemory);
  if (most != 0 && options.limits.memory > most) options.limits.memory = most;
  if (options.limits.memory != 0) {
    options.family.own_memory = std::make_shared<Quota>(options.limits.memory, control->memory_quota());
  }
  if (!GlobalsAt(realm, arguments, 4, -1, &options.globals)) return {};
  options.time = LimitsAt(realm, arguments, 5);
  // A guest gives what it has.
  options.guest = control->guest_limits();
  options.family.own = arguments[7]->IsNumber()
                           ? std::make_shared<Quota>(static_cast<size_t>(IdAt(arguments, 7)), control->quota())
                           : control->quota();
  const double way = NumberAt(arguments, 8);
  ISOLATES_CHECK(arguments[1]->IsObject());
  bool no_memory = false;
  const std::shared_ptr<IsolateControl> made =
      ChildrenOf(realm).Create(std::move(options), &no_memory,
                               way == 1   ? ChildIsolates::ConsoleWay::kIgnore
                               : way == 2 ? ChildIsolates::ConsoleWay::kDeliver
                                          : ChildIsolates::ConsoleWay::kInherit,
                               arguments[1].As<v8::Object>());
  return v8::Number::New(realm->isolate(), made != nullptr ? static_cast<double>(made->id()) : no_memory ? -1 : 0);
}

// (id, source, filename, line, column, globals, timeout, CPU timeout, transfer). Null with an exception pending.
std::unique_ptr<RunScript> ScriptAt(Realm* realm, const Arguments& arguments) {
  RunScript::Origin origin{TextAt(realm, arguments, 2), static_cast<int>(NumberAt(arguments, 3)),
                           static_cast<int>(NumberAt(arguments, 4))};
  Message globals;
  if (!GlobalsAt(realm, arguments, 5, 8, &globals)) return nullptr;
  return std::make_unique<RunScript>(TextAt(realm, arguments, 1), std::move(origin), std::move(globals));
}

// (id, source, filename, line, column, globals, timeout, CPU timeout, transfer) => promise | undefined
v8::Local<v8::Value> Run(Realm* realm, const Arguments& arguments) {
  std::unique_ptr<RunScript> script = ScriptAt(realm, arguments);
  if (script == nullptr) return {};
  return ChildrenOf(realm).Post(IdAt(arguments, 0), std::move(script), LimitsAt(realm, arguments, 6));
}

// (id, source, filename, line, column, globals, timeout, CPU timeout, transfer) => value
v8::Local<v8::Value> RunSync(Realm* realm, const Arguments& arguments) {
  const std::unique_ptr<RunScript> script = ScriptAt(realm, arguments);
  if (script == nullptr) return {};
  return ChildrenOf(realm).PerformHere(IdAt(arguments, 0), script.get(), LimitsAt(realm, arguments, 6));
}

// (source, filename) => handle for call and callSync
v8::Local<v8::Value> MakeFunction(Realm* realm, const Arguments& arguments) {
  return ChildrenOf(realm).Hold(std::make_shared<const FunctionSource>(
      FunctionSource{NextFunctionNumber(), TextAt(realm, arguments, 0), TextAt(realm, arguments, 1)}));
}

// (id, function, timeout, CPU timeout, arguments, transfer). Null with an exception pending.
std::unique_ptr<CallFunction> CallAt(Realm* realm, const Arguments& arguments) {
  const std::vector<v8::Local<v8::Value>> values = ListAt(realm, arguments, 4);
  CallArguments encoded;
  encoded.count = values.size();
  bool scalars = values.size() <= CallArguments::kMostScalars && !arguments[5]->IsArray();
  for (size_t i = 0; scalars && i < values.size(); ++i) {
    scalars = Encoder::EncodeScalar(values[i], &encoded.scalars[i]);
  }
  if (!scalars) {
    encoded.encoded = std::make_unique<Message>();
    if (!Encode(realm, IdAt(arguments, 0), "args", ListAt(realm, arguments, 5),
                [&](Encoder* encoder) { return encoder->EncodeAll(values, encoded.encoded.get()); })) {
      return nullptr;
    }
  }
  const ChildIsolates::HeldFunction* function = ChildIsolates::HeldAt(arguments[1]);
  if (function == nullptr) {
    realm->isolate()->ThrowException(v8::Exception::TypeError(Literal(realm->isolate(), "That is no function")));
    return nullptr;
  }
  return std::make_unique<CallFunction>(*function, std::move(encoded));
}

// (id, function, timeout, CPU timeout, arguments, transfer) => promise | undefined
v8::Local<v8::Value> Call(Realm* realm, const Arguments& arguments) {
  std::unique_ptr<CallFunction> call = CallAt(realm, arguments);
  if (call == nullptr) return {};
  return ChildrenOf(realm).Post(IdAt(arguments, 0), std::move(call), LimitsAt(realm, arguments, 2));
}

// (id, function, timeout, CPU timeout, arguments, transfer) => value
v8::Local<v8::Value> CallSync(Realm* realm, const Arguments& arguments) {
  const std::unique_ptr<CallFunction> call = CallAt(realm, arguments);
  if (call == nullptr) return {};
  return ChildrenOf(realm).PerformHere(IdAt(arguments, 0), call.get(), LimitsAt(realm, arguments, 2));
}

// Those of the child.
TimeLimits LimitsOf(Realm* realm, const Arguments& arguments) {
  const IsolateControl* control = ChildrenOf(realm).Find(IdAt(arguments, 0));
  return control == nullptr ? TimeLimits() : control->time();
}

// (id, globals) => promise | undefined
v8::Local<v8::Value> Set(Realm* realm, const Arguments& arguments) {
  Message globals;
  if (!GlobalsAt(realm, arguments, 1, -1, &globals)) return {};
  return ChildrenOf(realm).Post(IdAt(arguments, 0), std::make_unique<SetGlobals>(std::move(globals)),
                                LimitsOf(realm, arguments));
}

// (id, name, is an identifier) => promise | undefined
v8::Local<v8::Value> Get(Realm* realm, const Arguments& arguments) {
  auto get = std::make_unique<GetGlobal>(TextAt(realm, arguments, 1), arguments[2]->IsTrue());
  return ChildrenOf(realm).Post(IdAt(arguments, 0), std::move(get), LimitsOf(realm, arguments));
}

// () => the ticket of the request that was begun last
v8::Local<v8::Value> LastTicket(Realm* realm, const Arguments&) {
  return v8::Number::New(realm->isolate(), static_cast<double>(ChildrenOf(realm).last_ticket()));
}

// (id, ticket, reason): the caller of that request does not wait any more.
v8::Local<v8::Value> Abort(Realm* realm, const Arguments& arguments) {
  ChildIsolates& children = ChildrenOf(realm);
  const uint64_t ticket = IdAt(arguments, 1);
  if (IsolateControl* control = children.Find(IdAt(arguments, 0))) control->Abort(ticket);
  children.Abandon(ticket, arguments[2]);
  return {};
}

// (id)
v8::Local<v8::Value> Terminate(Realm* realm, const Arguments& arguments) {
  if (IsolateControl* control = ChildrenOf(realm).Find(IdAt(arguments, 0))) control->Stop(CloseKind::kTerminate);
  return {};
}

// (id)
v8::Local<v8::Value> Close(Realm* realm, const Arguments& arguments) {
  if (IsolateControl* control = ChildrenOf(realm).Find(IdAt(arguments, 0))) control->Close(false);
  return {};
}

// (id) => how it was told to end, or undefined
v8::Local<v8::Value> Stopped(Realm* realm, const Arguments& arguments) {
  const IsolateControl* control = ChildrenOf(realm).Find(IdAt(arguments, 0));
  if (control == nullptr || control->stopped() == CloseKind::kNone) return {};
  return Literal(realm->isolate(), CloseText(control->stopped()));
}

// (id of one in the guest's subtree) => 0 idle, 1 running, 2 closed
v8::Local<v8::Value> State(Realm* realm, const Arguments& arguments) {
  auto state = IsolateControl::State::kClosed;
  const uint64_t id = IdAt(arguments, 0);
  if (const IsolateControl* own = ChildrenOf(realm).Find(id)) {
    state = own->state();
  } else {
    for (const std::shared_ptr<IsolateControl>& control : Subtree(ControlOf(realm)->id())) {
      if (control->id() == id) state = control->state();
    }
  }
  return v8::Integer::New(realm->isolate(), static_cast<int>(state));
}

// () => ids and names, taking turns, of the guest's isolate and of those below it that are not closed
v8::Local<v8::Value> All(Realm* realm, const Arguments&) {
  std::vector<v8::Local<v8::Value>> elements;
  for (const std::shared_ptr<IsolateControl>& control : Subtree(ControlOf(realm)->id())) {
    if (control->state() == IsolateControl::State::kClosed) continue;
    v8::Local<v8::String> name;
    if (!FromUtf8(realm->isolate(), control->name()).ToLocal(&name)) return {};
    elements.push_back(v8::Number::New(realm->isolate(), static_cast<double>(control->id())));
    elements.push_back(name);
  }
  return v8::Array::New(realm->isolate(), elements.data(), elements.size());
}

// (id) => the numbers of IsolateStats, in the order of lib/native.ts; undefined once closed
v8::Local<v8::Value> Stats(Realm* realm, const Arguments& arguments) {
  IsolateControl* control = ChildrenOf(realm).Find(IdAt(arguments, 0));
  if (control == nullptr) return {};
  std::vector<v8::Local<v8::Value>> elements;
  for (const double number : control->Stats().Numbers()) elements.push_back(v8::Number::New(realm->isolate(), number));
  return v8::Array::New(realm->isolate(), elements.data(), elements.size());
}

}  // namespace

v8::Local<v8::Object> MakeIsolateNatives(GuestHeap* heap) {
  const v8::Local<v8::Object> natives = v8::Object::New(heap->isolate());
  AddNative<Connect>(heap, natives, "connect");
  AddNative<Limits>(heap, natives, "limits");
  AddNative<Create>(heap, natives, "create");
  AddNative<Run>(heap, natives, "run");
  AddNative<RunSync>(heap, natives, "runSync");
  AddNative<MakeFunction>(heap, natives, "makeFunction");
  AddNative<Call>(heap, natives, "call");
  AddNative<CallSync>(heap, natives, "callSync");
  AddNative<Set>(heap, natives, "set");
  AddNative<Get>(heap, natives, "get");
  AddNative<LastTicket>(heap, natives, "lastTicket");
  AddNative<Abort>(heap, natives, "abort");
  AddNative<Terminate>(heap, natives, "terminate");
  AddNative<Close>(heap, natives, "close");
  AddNative<Stopped>(heap, natives, "stopped");
  AddNative<State>(heap, natives, "state");
  AddNative<All>(heap, natives, "all");
  AddNative<Stats>(heap, natives, "stats");
  return natives;
}

}  // namespace isolates
