#include "engine/operations.h"

#include <string_view>
#include <vector>

#include "engine/decoder.h"
#include "engine/v8_compat.h"

namespace isolates {

v8::Maybe<bool> DefineGlobals(const RealmLock& lock, const Message& globals) {
  const v8::Local<v8::Context> context = lock.context();
  v8::Local<v8::Value> decoded;
  if (!Decoder(&lock.realm(), globals).Decode().ToLocal(&decoded)) {
    return v8::Nothing<bool>();
  }
  const v8::Local<v8::Object> values = decoded.As<v8::Object>();
  v8::Local<v8::Array> names;
  if (!values->GetOwnPropertyNames(context, v8::PropertyFilter::ALL_PROPERTIES, v8::KeyConversionMode::kConvertToString)
           .ToLocal(&names)) {
    return v8::Nothing<bool>();
  }
  for (uint32_t i = 0; i < names->Length(); ++i) {
    v8::Local<v8::Value> name;
    v8::Local<v8::Value> value;
    if (!names->Get(context, i).ToLocal(&name) || !values->Get(context, name).ToLocal(&value)) {
      return v8::Nothing<bool>();
    }
    // Like `globalThis[name] = value` in the guest, where a setter the guest has put there sees it; but `__proto__` is
    // a name like any other.
    const bool plain = name->IsString() && !name.As<v8::String>()->StringEquals(Literal(lock.isolate(), "__proto__"));
    const v8::Maybe<bool> done = plain ? context->Global()->Set(context, name, value)
                                       : context->Global()->CreateDataProperty(context, name.As<v8::Name>(), value);
    if (done.IsNothing()) return v8::Nothing<bool>();
  }
  return v8::Just(true);
}

namespace {

v8::MaybeLocal<v8::Script> Compile(const RealmLock& lock, v8::Local<v8::String> source, v8::Local<v8::String> filename,
                                   int line, int column) {
  v8::ScriptCompiler::Source unit(source, lock.realm().OriginOf(filename, line, column));
  return v8::ScriptCompiler::Compile(lock.context(), &unit);
}

bool Contains(const RealmLock& lock, v8::Local<v8::String> text, std::string_view part) {
  return ToUtf8(lock.isolate(), text).find(part) != std::string::npos;
}

}  // namespace

v8::MaybeLocal<v8::Value> RunScript::Perform(const RealmLock& lock, FunctionCache*) {
  v8::Isolate* isolate = lock.isolate();
  if (globals_.kind == Message::Kind::kEncoded && DefineGlobals(lock, globals_).IsNothing()) return {};
  v8::Local<v8::String> source;
  v8::Local<v8::String> filename;
  if (!source_.ToV8(isolate).ToLocal(&source) || !origin_.filename.ToV8(isolate).ToLocal(&filename)) return {};
  v8::Local<v8::Script> script;
  if (CompileScript(lock, source, filename).ToLocal(&script)) return script->Run(lock.context());
  return {};
}

v8::MaybeLocal<v8::Script> RunScript::CompileScript(const RealmLock& lock, v8::Local<v8::String> source,
                                                    v8::Local<v8::String> filename) const {
  v8::Isolate* isolate = lock.isolate();
  v8::TryCatch caught(isolate);
  v8::Local<v8::Script> script;
  if (Compile(lock, source, filename, origin_.line, origin_.column).ToLocal(&script)) return script;
  // A script with `await` at its top level comes here only when it could not be rewritten, because of an error
  // somewhere else in it. V8 complains about the `await` then; inside of an async function it finds the other.
  if (!caught.HasTerminated() && Contains(lock, source, "await")) {
    constexpr std::string_view kBefore = "(async()=>{";
    v8::TryCatch other(isolate);
    const v8::Local<v8::String> wrapped = v8::String::Concat(
        isolate, v8::String::Concat(isolate, Literal(isolate, kBefore), source), Literal(isolate, "\n})"));
    const int column = origin_.column - static_cast<int>(kBefore.size());
    // Thrown again, it takes the place of the first.
    if (Compile(lock, wrapped, filename, origin_.line, column).IsEmpty() && other.HasCaught()) other.ReThrow();
  }
  caught.ReThrow();
  return {};
}

v8::MaybeLocal<v8::Value> CallFunction::Perform(const RealmLock& lock, FunctionCache* functions) {
  v8::Isolate* isolate = lock.isolate();
  const v8::Local<v8::Context> context = lock.context();
  v8::Local<v8::Function> function;
  if (!functions->Get(lock, *source_).ToLocal(&function)) return {};
  const v8::Local<v8::Value> receiver = v8::Undefined(isolate);
  if (arguments_.encoded == nullptr) {
    v8::Local<v8::Value> values[CallArguments::kMostScalars];
    for (size_t i = 0; i < arguments_.count; ++i) {
      values[i] = Decoder::DecodeScalar(isolate, arguments_.scalars[i]);
    }
    return function->Call(context, receiver, static_cast<int>(arguments_.count), values);
  }
  v8::Local<v8::Value> decoded;
  if (!Decoder(&lock.realm(), *arguments_.encoded).Decode().ToLocal(&decoded)) return {};
  const v8::Local<v8::Array> array = decoded.As<v8::Array>();
  std::vector<v8::Local<v8::Value>> values(array->Length());
  for (uint32_t i = 0; i < values.size(); ++i) {
    if (!array->Get(context, i).ToLocal(&values[i])) return {};
  }
  return function->Call(context, receiver, static_cast<int>(values.size()), values.data());
}

v8::MaybeLocal<v8::Value> SetGlobals::Perform(const RealmLock& lock, FunctionCache*) {
  if (DefineGlobals(lock, globals_).IsNothing()) return {};
  return v8::Undefined(lock.isolate());
}

v8::MaybeLocal<v8::Value> GetGlobal::Perform(const RealmLock& lock, FunctionCache*) {
  v8::Isolate* isolate = lock.isolate();
  const v8::Local<v8::Context> context = lock.context();
  v8::Local<v8::String> name;
  if (!name_.ToV8(isolate).ToLocal(&name)) return {};
  if (is_identifier_) {
    // The global object does not hold what `let`, `const` and `class` declare at the top level; a script sees both.
    v8::TryCatch unknown(isolate);
    v8::Local<v8::Script> script;
    v8::Local<v8::Value> value;
    if (v8::Script::Compile(context, name).ToLocal(&script) && script->Run(context).ToLocal(&value)) return value;
    if (unknown.HasTerminated()) return {};
    const v8::Maybe<bool> there = context->Global()->Has(context, name);
    // A getter that throws, or a `let` whose initialiser failed, is not the same as nothing there.
    if (there.IsNothing() || there.FromJust()) {
      unknown.ReThrow();
      return {};
    }
    return v8::Undefined(isolate);
  }
  return context->Global()->Get(context, name);
}

}  // namespace isolates
