#include "engine/guest_natives.h"

#include <chrono>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/clock.h"
#include "engine/guest_heap.h"
#include "engine/guest_library.h"
#include "engine/guest_remote.h"
#include "engine/isolate_natives.h"
#include "engine/module_natives.h"
#include "engine/native_function.h"
#include "engine/shared_natives.h"
#include "engine/v8_compat.h"
#include "engine/web_natives.h"

namespace isolates {

namespace {

// Only the guest runtime has these functions, and lib/guest/native.ts types their arguments: a wrong one is a bug of
// ours.
v8::Local<v8::Object> ObjectAt(const Arguments& arguments, int index) {
  ISOLATES_CHECK(arguments[index]->IsObject());
  return arguments[index].As<v8::Object>();
}

void Return(const Arguments& arguments, std::initializer_list<v8::Local<v8::Value>> values) {
  std::vector<v8::Local<v8::Value>> elements(values);
  arguments.GetReturnValue().Set(v8::Array::New(arguments.GetIsolate(), elements.data(), elements.size()));
}

void Print(const Arguments& arguments) {
  v8::Isolate* isolate = arguments.GetIsolate();
  GuestHeap* heap = GuestHeap::Of(isolate);
  ISOLATES_CHECK(heap != nullptr && arguments[0]->IsString() && arguments[2]->IsString());
  heap->Print({ToUtf8(isolate, arguments[0].As<v8::String>()), arguments[1]->IsTrue(),
               SourceText(isolate, arguments[2].As<v8::String>())});
}

void Current(const Arguments& arguments) {
  v8::Isolate* isolate = arguments.GetIsolate();
  GuestHeap* heap = GuestHeap::Of(isolate);
  ISOLATES_CHECK(heap != nullptr);
  v8::Local<v8::Name> names[] = {Literal(isolate, "id"), Literal(isolate, "name")};
  v8::Local<v8::String> name;
  if (!FromUtf8(isolate, heap->identity().name).ToLocal(&name)) return;
  v8::Local<v8::Value> values[] = {v8::Number::New(isolate, static_cast<double>(heap->identity().id)), name};
  arguments.GetReturnValue().Set(v8::Object::New(isolate, v8::Null(isolate), names, values, 2));
}

void Now(const Arguments& arguments) {
  arguments.GetReturnValue().Set(std::chrono::duration<double, std::milli>(Clock::now().time_since_epoch()).count());
}

// The answers of Kind in lib/guest/native.ts, in its order.
int KindOf(v8::Local<v8::Object> value) {
  if (value->IsProxy()) return 1;
  if (value->IsFunction()) {
    if (value->IsGeneratorFunction()) return value->IsAsyncFunction() ? 4 : 3;
    return value->IsAsyncFunction() ? 2 : 0;
  }
  using Test = bool (v8::Value::*)() const;
  static constexpr Test kTests[] = {
      &v8::Value::IsArgumentsObject,
      &v8::Value::IsMap,
      &v8::Value::IsSet,
      &v8::Value::IsMapIterator,
      &v8::Value::IsSetIterator,
      &v8::Value::IsWeakMap,
      &v8::Value::IsWeakSet,
      &v8::Value::IsTypedArray,
      &v8::Value::IsDataView,
      &v8::Value::IsArrayBuffer,
      &v8::Value::IsSharedArrayBuffer,
      &v8::Value::IsPromise,
      &v8::Value::IsDate,
      &v8::Value::IsRegExp,
      &v8::Value::IsNativeError,
      &v8::Value::IsModuleNamespaceObject,
      &v8::Value::IsNumberObject,
      &v8::Value::IsStringObject,
      &v8::Value::IsBooleanObject,
      &v8::Value::IsBigIntObject,
      &v8::Value::IsSymbolObject,
  };
  int kind = 5;
  for (const Test test : kTests) {
    if (((*value)->*test)()) return kind;
    ++kind;
  }
  return 0;
}

void Kind(const Arguments& arguments) { arguments.GetReturnValue().Set(KindOf(ObjectAt(arguments, 0))); }

void ProxyDetails(const Arguments& arguments) {
  ISOLATES_CHECK(arguments[0]->IsProxy());
  const v8::Local<v8::Proxy> proxy = arguments[0].As<v8::Proxy>();
  Return(arguments, {proxy->GetTarget(), proxy->GetHandler()});
}

void PromiseState(const Arguments& arguments) {
  ISOLATES_CHECK(arguments[0]->IsPromise());
  v8::Isolate* isolate = arguments.GetIsolate();
  const v8::Local<v8::Promise> promise = arguments[0].As<v8::Promise>();
  const v8::Promise::PromiseState state = promise->State();
  const bool pending = state == v8::Promise::PromiseState::kPending;
  Return(arguments, {v8::Integer::New(isolate, static_cast<int>(state)),
                     pending ? v8::Undefined(isolate).As<v8::Value>() : promise->Result()});
}

void PreviewEntries(const Arguments& arguments) {
  bool is_key_value = false;
  v8::Local<v8::Array> entries;
  if (!ObjectAt(arguments, 0)->PreviewEntries(&is_key_value).ToLocal(&entries)) {
    entries = v8::Array::New(arguments.GetIsolate());
  }
  Return(arguments, {entries, v8::Boolean::New(arguments.GetIsolate(), is_key_value)});
}

void ConstructorName(const Arguments& arguments) {
  arguments.GetReturnValue().Set(ObjectAt(arguments, 0)->GetConstructorName());
}

void OwnNonIndexKeys(const Arguments& arguments) {
  const v8::Local<v8::Context> context = arguments.GetIsolate()->GetCurrentContext();
  const auto filter = arguments[1]->IsTrue() ? v8::PropertyFilter::ONLY_ENUMERABLE : v8::PropertyFilter::ALL_PROPERTIES;
  v8::Local<v8::Array> keys;
  if (ObjectAt(arguments, 0)
          ->GetPropertyNames(context, v8::KeyCollectionMode::kOwnOnly, filter, v8::IndexFilter::kSkipIndices)
          .ToLocal(&keys)) {
    arguments.GetReturnValue().Set(keys);
  }
}

// The functions that make the parts of the runtime, by name. They hang on the global object and not on the accessors:
// V8 keeps accessors in the part of a snapshot that belongs to no context, and what these refer to with them.
v8::Local<v8::Private> PartMakers(v8::Isolate* isolate) {
  return v8::Private::ForApi(isolate, Literal(isolate, "isolates:parts"));
}

// All globals of libraries have one maker in common, which every isolate carries.
constexpr std::string_view kLibraryMaker = "library globals";

v8::MaybeLocal<v8::Value> MakePart(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Name> name) {
  v8::Local<v8::Value> makers;
  v8::Local<v8::Value> make;
  if (!context->Global()->GetPrivate(context, PartMakers(isolate)).ToLocal(&makers) ||
      !makers.As<v8::Object>()->Get(context, name).ToLocal(&make)) {
    return {};
  }
  // One of the globals of libraries.
  if (make->IsUndefined() && !makers.As<v8::Object>()->Get(context, Literal(isolate, kLibraryMaker)).ToLocal(&make)) {
    return {};
  }
  v8::Local<v8::Value> argument = name;
  return make.As<v8::Function>()->Call(context, v8::Undefined(isolate), 1, &argument);
}

// V8 puts a plain property in place of the lazy one afterwards.
void OnLazyGlobal(v8::Local<v8::Name> name, const v8::PropertyCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::Value> value;
  if (MakePart(isolate, isolate->GetCurrentContext(), name).ToLocal(&value)) info.GetReturnValue().Set(value);
}

void KeepMaker(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Name> name,
               v8::Local<v8::Value> make) {
  const v8::Local<v8::Object> global = context->Global();
  const v8::Local<v8::Private> key = PartMakers(isolate);
  v8::Local<v8::Value> makers = global->GetPrivate(context, key).ToLocalChecked();
  if (makers->IsUndefined()) {
    makers = v8::Object::New(isolate, v8::Null(isolate), nullptr, nullptr, 0);
    global->SetPrivate(context, key, makers).Check();
  }
  makers.As<v8::Object>()->CreateDataProperty(context, name, make).Check();
}

void DefinePart(const Arguments& arguments) {
  ISOLATES_CHECK(arguments[0]->IsString() && arguments[1]->IsFunction());
  v8::Isolate* isolate = arguments.GetIsolate();
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  const v8::Local<v8::Name> name = arguments[0].As<v8::Name>();
  KeepMaker(isolate, context, name, arguments[1]);
  if (!arguments[2]->IsTrue()) return;
  const auto attributes = arguments[3]->IsTrue() ? v8::None : v8::DontEnum;
  context->Global()->SetLazyDataProperty(context, name, OnLazyGlobal, {}, attributes).Check();
}

void DefineGlobals(const Arguments& arguments) {
  ISOLATES_CHECK(arguments[0]->IsArray() && arguments[1]->IsFunction());
  v8::Isolate* isolate = arguments.GetIsolate();
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  const v8::Local<v8::Array> names = arguments[0].As<v8::Array>();
  const auto attributes = arguments[2]->IsTrue() ? v8::None : v8::DontEnum;
  KeepMaker(isolate, context, Literal(isolate, kLibraryMaker), arguments[1]);
  for (uint32_t i = 0; i < names->Length(); ++i) {
    const v8::Local<v8::Name> name = names->Get(context, i).ToLocalChecked().As<v8::Name>();
    context->Global()->SetLazyDataProperty(context, name, OnLazyGlobal, {}, attributes).Check();
  }
}

void RunLibrary(const Arguments& arguments) {
  ISOLATES_CHECK(arguments[0]->IsString());
  v8::Isolate* isolate = arguments.GetIsolate();
  const std::string name = ToUtf8(isolate, arguments[0].As<v8::String>());
  v8::Local<v8::Value> result;
  if (GuestLibrary::Run(isolate, isolate->GetCurrentContext(), name, arguments[1]).ToLocal(&result)) {
    arguments.GetReturnValue().Set(result);
  }
}

// The object of lib/shared/natives.ts; made when it is asked for, since it belongs to one isolate.
void Shared(const Arguments& arguments) {
  GuestHeap* heap = GuestHeap::Of(arguments.GetIsolate());
  ISOLATES_CHECK(heap != nullptr);
  arguments.GetReturnValue().Set(MakeSharedNatives(heap));
}

// The object of lib/guest/modules/natives.ts, in the same way.
void Modules(const Arguments& arguments) {
  GuestHeap* heap = GuestHeap::Of(arguments.GetIsolate());
  ISOLATES_CHECK(heap != nullptr);
  arguments.GetReturnValue().Set(MakeModuleNatives(heap));
}

// The object of lib/guest/web/native.ts; made when a library is first asked for.
void Web(const Arguments& arguments) {
  GuestHeap* heap = GuestHeap::Of(arguments.GetIsolate());
  ISOLATES_CHECK(heap != nullptr);
  arguments.GetReturnValue().Set(MakeWebNatives(heap));
}

// The object of lib/guest/children.ts, as Shared.
void Isolates(const Arguments& arguments) {
  GuestHeap* heap = GuestHeap::Of(arguments.GetIsolate());
  ISOLATES_CHECK(heap != nullptr);
  arguments.GetReturnValue().Set(MakeIsolateNatives(heap));
}

// What lib/guest/remote.ts is built on; made when it is asked for, as the one before.
void Remote(const Arguments& arguments) {
  GuestHeap* heap = GuestHeap::Of(arguments.GetIsolate());
  ISOLATES_CHECK(heap != nullptr);
  arguments.GetReturnValue().Set(MakeRemoteNatives(heap));
}

// (name) => what a part of the runtime has made: one and the same for all that ask.
void PartOf(const Arguments& arguments) {
  ISOLATES_CHECK(arguments[0]->IsString());
  v8::Isolate* isolate = arguments.GetIsolate();
  v8::Local<v8::Value> made;
  if (MakePart(isolate, isolate->GetCurrentContext(), arguments[0].As<v8::Name>()).ToLocal(&made)) {
    arguments.GetReturnValue().Set(made);
  }
}

// The object of LoopNatives; made when it is asked for, since it belongs to one isolate.
void Loop(const Arguments& arguments) {
  GuestHeap* heap = GuestHeap::Of(arguments.GetIsolate());
  ISOLATES_CHECK(heap != nullptr);
  arguments.GetReturnValue().Set(MakeLoopNatives(heap));
}

template <v8::FunctionCallback callback>
void UnlessEnding(const Arguments& arguments) {
  if (!IsEnding(arguments)) callback(arguments);
}

struct Native {
  const char* name;
  v8::FunctionCallback callback;
};

constexpr Native kNatives[] = {
    {"print", UnlessEnding<Print>},
    {"definePart", UnlessEnding<DefinePart>},
    {"defineGlobals", UnlessEnding<DefineGlobals>},
    {"runLibrary", UnlessEnding<RunLibrary>},
    {"shared", UnlessEnding<Shared>},
    {"modules", UnlessEnding<Modules>},
    {"web", UnlessEnding<Web>},
    {"isolates", UnlessEnding<Isolates>},
    {"remote", UnlessEnding<Remote>},
    {"part", UnlessEnding<PartOf>},
    {"loop", UnlessEnding<Loop>},
    {"current", UnlessEnding<Current>},
    {"now", UnlessEnding<Now>},
    {"kind", UnlessEnding<Kind>},
    {"proxyDetails", UnlessEnding<ProxyDetails>},
    {"promiseState", UnlessEnding<PromiseState>},
    {"previewEntries", UnlessEnding<PreviewEntries>},
    {"constructorName", UnlessEnding<ConstructorName>},
    {"ownNonIndexKeys", UnlessEnding<OwnNonIndexKeys>},
};

}  // namespace

std::vector<intptr_t> GuestNatives::References() {
  std::vector<intptr_t> references;
  for (const Native& native : kNatives) references.push_back(reinterpret_cast<intptr_t>(native.callback));
  references.push_back(reinterpret_cast<intptr_t>(OnLazyGlobal));
  return references;
}

void GuestNatives::LoadPart(v8::Isolate* isolate, v8::Local<v8::Context> context, std::string_view name) {
  (void)Part(isolate, context, name).IsEmpty();
}

v8::MaybeLocal<v8::Value> GuestNatives::Part(v8::Isolate* isolate, v8::Local<v8::Context> context,
                                             std::string_view name) {
  return MakePart(isolate, context, Literal(isolate, name));
}

v8::MaybeLocal<v8::Object> GuestNatives::Make(v8::Isolate* isolate, v8::Local<v8::Context> context) {
  const v8::Local<v8::Object> natives = v8::Object::New(isolate);
  for (const Native& native : kNatives) {
    v8::Local<v8::Function> function;
    const v8::Local<v8::FunctionTemplate> made =
        v8::FunctionTemplate::New(isolate, native.callback, {}, {}, 0, v8::ConstructorBehavior::kThrow);
    if (!made->GetFunction(context).ToLocal(&function)) return {};
    if (natives->CreateDataProperty(context, Literal(isolate, native.name), function).IsNothing()) return {};
  }
  return natives;
}

}  // namespace isolates
