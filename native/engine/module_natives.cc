#include "engine/module_natives.h"

#include <vector>

#include "base/check.h"
#include "engine/module_registry.h"
#include "engine/native_function.h"

namespace isolates {

namespace {

ModuleRegistry* RegistryOf(Realm* realm) { return static_cast<GuestHeap*>(realm)->modules(); }

ModuleRegistry::Id IdAt(const Arguments& arguments, int index) {
  ISOLATES_CHECK(arguments[index]->IsUint32());
  return arguments[index].As<v8::Uint32>()->Value();
}

v8::Local<v8::Function> FunctionAt(const Arguments& arguments, int index) {
  ISOLATES_CHECK(arguments[index]->IsFunction());
  return arguments[index].As<v8::Function>();
}

template <class Element>
std::vector<v8::Local<Element>> ListAt(Realm* realm, const Arguments& arguments, int index) {
  ISOLATES_CHECK(arguments[index]->IsArray());
  const auto array = arguments[index].As<v8::Array>();
  std::vector<v8::Local<Element>> list(array->Length());
  for (uint32_t i = 0; i < list.size(); ++i) {
    list[i] = array->Get(realm->context(), i).ToLocalChecked().As<Element>();
  }
  return list;
}

// (import dynamically, fill meta)
v8::Local<v8::Value> Register(Realm* realm, const Arguments& arguments) {
  RegistryOf(realm)->Register(FunctionAt(arguments, 0), FunctionAt(arguments, 1));
  return {};
}

// (url, source) => module
v8::Local<v8::Value> Compile(Realm* realm, const Arguments& arguments) {
  const std::optional<ModuleRegistry::Id> id = RegistryOf(realm)->Compile(TextAt(arguments, 0), TextAt(arguments, 1));
  if (!id.has_value()) return {};
  return v8::Number::New(realm->isolate(), *id);
}

// (url, names, evaluate) => module
v8::Local<v8::Value> Synthetic(Realm* realm, const Arguments& arguments) {
  const ModuleRegistry::Id id = RegistryOf(realm)->MakeSynthetic(
      TextAt(arguments, 0), ListAt<v8::String>(realm, arguments, 1), FunctionAt(arguments, 2));
  return v8::Number::New(realm->isolate(), id);
}

// (module) => specifiers and attributes
v8::Local<v8::Value> Requests(Realm* realm, const Arguments& arguments) {
  return RegistryOf(realm)->Requests(IdAt(arguments, 0));
}

// (module, targets)
v8::Local<v8::Value> Link(Realm* realm, const Arguments& arguments) {
  std::vector<ModuleRegistry::Id> targets;
  for (const v8::Local<v8::Number> target : ListAt<v8::Number>(realm, arguments, 1)) {
    targets.push_back(static_cast<ModuleRegistry::Id>(target->Value()));
  }
  RegistryOf(realm)->Link(IdAt(arguments, 0), std::move(targets));
  return {};
}

// (module)
v8::Local<v8::Value> Instantiate(Realm* realm, const Arguments& arguments) {
  (void)RegistryOf(realm)->Instantiate(IdAt(arguments, 0)).IsNothing();
  return {};
}

// (module) => promise
v8::Local<v8::Value> Evaluate(Realm* realm, const Arguments& arguments) {
  return RegistryOf(realm)->Evaluate(IdAt(arguments, 0)).FromMaybe(v8::Local<v8::Value>());
}

// (module) => namespace
v8::Local<v8::Value> Namespace(Realm* realm, const Arguments& arguments) {
  return RegistryOf(realm)->Namespace(IdAt(arguments, 0));
}

// (module) => whether it or something it imports awaits at its top level
v8::Local<v8::Value> IsAsync(Realm* realm, const Arguments& arguments) {
  return v8::Boolean::New(realm->isolate(), RegistryOf(realm)->IsAsync(IdAt(arguments, 0)));
}

// (module)
v8::Local<v8::Value> Keep(Realm* realm, const Arguments& arguments) {
  RegistryOf(realm)->Keep(IdAt(arguments, 0));
  return {};
}

// (url, source, names of parameters) => function
v8::Local<v8::Value> CompileFunction(Realm* realm, const Arguments& arguments) {
  std::vector<v8::Local<v8::String>> parameters = ListAt<v8::String>(realm, arguments, 2);
  return RegistryOf(realm)
      ->CompileFunction(TextAt(arguments, 0), TextAt(arguments, 1), &parameters)
      .FromMaybe(v8::Local<v8::Value>());
}

// (url, source, function)
v8::Local<v8::Value> KeepFunction(Realm* realm, const Arguments& arguments) {
  RegistryOf(realm)->KeepFunction(TextAt(arguments, 0), TextAt(arguments, 1), FunctionAt(arguments, 2));
  return {};
}

}  // namespace

v8::Local<v8::Object> MakeModuleNatives(GuestHeap* heap) {
  const v8::Local<v8::Object> natives = v8::Object::New(heap->isolate());
  AddNative<Register>(heap, natives, "register");
  AddNative<Compile>(heap, natives, "compile");
  AddNative<Synthetic>(heap, natives, "synthetic");
  AddNative<Requests>(heap, natives, "requests");
  AddNative<Link>(heap, natives, "link");
  AddNative<Instantiate>(heap, natives, "instantiate");
  AddNative<Evaluate>(heap, natives, "evaluate");
  AddNative<Namespace>(heap, natives, "namespace");
  AddNative<IsAsync>(heap, natives, "isAsync");
  AddNative<Keep>(heap, natives, "keep");
  AddNative<CompileFunction>(heap, natives, "compileFunction");
  AddNative<KeepFunction>(heap, natives, "keepFunction");
  return natives;
}

}  // namespace isolates
