#include "engine/function_cache.h"

#include "engine/v8_compat.h"

namespace isolates {

namespace {

// Evaluates the source between `before` and `after`, so that its own first line keeps its columns.
v8::MaybeLocal<v8::Value> Evaluate(const RealmLock& lock, const FunctionSource& source, std::string_view before,
                                   std::string_view after) {
  v8::Isolate* isolate = lock.isolate();
  const v8::Local<v8::Context> context = lock.context();
  v8::Local<v8::String> text;
  v8::Local<v8::String> filename;
  if (!source.text.ToV8(isolate).ToLocal(&text) || !source.filename.ToV8(isolate).ToLocal(&filename)) return {};
  text = v8::String::Concat(isolate, Literal(isolate, before), text);
  text = v8::String::Concat(isolate, text, Literal(isolate, after));
  v8::ScriptCompiler::Source unit(text, lock.realm().OriginOf(filename, 0, -static_cast<int>(before.size())));
  v8::Local<v8::Script> script;
  if (!v8::ScriptCompiler::Compile(context, &unit).ToLocal(&script)) return {};
  return script->Run(context);
}

v8::MaybeLocal<v8::Function> Compile(const RealmLock& lock, const FunctionSource& source) {
  v8::Isolate* isolate = lock.isolate();
  const v8::Local<v8::Context> context = lock.context();
  v8::TryCatch as_expression(isolate);
  v8::Local<v8::Value> value;
  // The line breaks end a comment that the source may close with.
  if (Evaluate(lock, source, "(", "\n)").ToLocal(&value) && value->IsFunction()) {
    return value.As<v8::Function>();
  }
  if (as_expression.HasTerminated()) return {};
  // A method's source is an expression only inside of an object.
  {
    v8::TryCatch as_method(isolate);
    v8::Local<v8::Array> names;
    v8::Local<v8::Value> name;
    if (Evaluate(lock, source, "({", "\n})").ToLocal(&value) && value->IsObject() &&
        value.As<v8::Object>()->GetOwnPropertyNames(context).ToLocal(&names) && names->Length() == 1 &&
        names->Get(context, 0).ToLocal(&name) && value.As<v8::Object>()->Get(context, name).ToLocal(&value) &&
        value->IsFunction()) {
      return value.As<v8::Function>();
    }
    if (as_method.HasTerminated()) return {};
  }
  if (as_expression.HasCaught()) {
    as_expression.ReThrow();
  } else {
    as_expression.Reset();
    isolate->ThrowException(v8::Exception::TypeError(Literal(isolate, "The source is not that of a function")));
  }
  return {};
}

}  // namespace

v8::MaybeLocal<v8::Function> FunctionCache::Get(const RealmLock& lock, const FunctionSource& source) {
  v8::Isolate* isolate = lock.isolate();
  const auto found = functions_.find(source.number);
  if (found != functions_.end()) return found->second.Get(isolate);
  v8::Local<v8::Function> function;
  if (!Compile(lock, source).ToLocal(&function)) return {};
  // A host that makes up ever new functions must not fill the isolate with old ones.
  if (functions_.size() >= kMost) functions_.clear();
  functions_.emplace(source.number, v8::Global<v8::Function>(isolate, function));
  return function;
}

}  // namespace isolates
