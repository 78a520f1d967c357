#include <utility>
#include <vector>

#include "engine/native_function.h"
#include "engine/plain_codec.h"
#include "engine/plain_shapes.h"
#include "engine/shared_natives.h"
#include "engine/source_text.h"

// What lib/shared/plain.ts needs.
namespace isolates {

namespace {

// (encode, remember)
v8::Local<v8::Value> Writer(Realm* realm, const Arguments& arguments) {
  // Where that failed, an exception is pending.
  (void)realm->plain().SetWriter(arguments[0].As<v8::Function>(), arguments[1].As<v8::Function>());
  return {};
}

PlainCodec::Lists ListsAt(const Arguments& arguments) {
  return PlainCodec::ListsOf(arguments[0].As<v8::Int32Array>(), arguments[1].As<v8::Float64Array>());
}

// (words, numbers)
v8::Local<v8::Value> WriterLists(Realm* realm, const Arguments& arguments) {
  realm->plain().SetWriterLists(ListsAt(arguments));
  return {};
}

// (decode, reserve)
v8::Local<v8::Value> Reader(Realm* realm, const Arguments& arguments) {
  realm->plain().SetReader(arguments[0].As<v8::Function>(), arguments[1].As<v8::Function>());
  return {};
}

// (words, numbers)
v8::Local<v8::Value> ReaderLists(Realm* realm, const Arguments& arguments) {
  realm->plain().SetReaderLists(ListsAt(arguments));
  return {};
}

// (...objects) => whether all are plain and differ
v8::Local<v8::Value> Check(Realm* realm, const Arguments& arguments) {
  PlainObjects check(realm->isolate(), &realm->plain().samples(), static_cast<size_t>(arguments.Length()));
  for (int i = 0; i < arguments.Length(); ++i) {
    if (!check.Accept(arguments[i])) return v8::False(realm->isolate());
  }
  return v8::True(realm->isolate());
}

// (objects) => the same
v8::Local<v8::Value> CheckAll(Realm* realm, const Arguments& arguments) {
  const auto objects = arguments[0].As<v8::Array>();
  const size_t count = objects->Length();
  PlainObjects check(realm->isolate(), &realm->plain().samples(), count);
  return v8::Boolean::New(realm->isolate(),
                          ForEach(realm->context(), objects, count,
                                  [&check](v8::Local<v8::Value> object) { return check.Accept(object); }));
}

// (keys) => number, below 0 when there are too many
v8::Local<v8::Value> NumberOfShape(Realm* realm, const Arguments& arguments) {
  const auto list = arguments[0].As<v8::Array>();
  std::vector<SourceText> keys;
  for (uint32_t i = 0; i < list->Length(); ++i) {
    v8::Local<v8::Value> key;
    if (!list->Get(realm->context(), i).ToLocal(&key)) return {};
    keys.emplace_back(realm->isolate(), key.As<v8::String>());
  }
  return v8::Number::New(realm->isolate(), static_cast<double>(PlainShapes::NumberOf(std::move(keys))));
}

// (number) => keys
v8::Local<v8::Value> KeysOfShape(Realm* realm, const Arguments& arguments) {
  std::vector<v8::Local<v8::Value>> keys;
  for (const SourceText& key : PlainShapes::KeysOf(static_cast<int64_t>(arguments[0].As<v8::Number>()->Value()))) {
    v8::Local<v8::String> text;
    if (!key.ToV8(realm->isolate()).ToLocal(&text)) return {};
    keys.push_back(text);
  }
  return v8::Array::New(realm->isolate(), keys.data(), keys.size());
}

// (body) => function of `read` and `freeze`
v8::Local<v8::Value> Compile(Realm* realm, const Arguments& arguments) {
  v8::ScriptCompiler::Source source(arguments[0].As<v8::String>(),
                                    MakeOrigin(realm->isolate(), Literal(realm->isolate(), "isolates:plain"), 0, 0));
  v8::Local<v8::String> parameters[] = {Literal(realm->isolate(), "read"), Literal(realm->isolate(), "freeze")};
  return v8::ScriptCompiler::CompileFunction(realm->context(), &source, 2, parameters)
      .FromMaybe(v8::Local<v8::Function>());
}

}  // namespace

void AddPlainNatives(Realm* realm, v8::Local<v8::Object> natives) {
  AddNative<Writer>(realm, natives, "plainWriter");
  AddNative<WriterLists>(realm, natives, "plainWriterLists");
  AddNative<Reader>(realm, natives, "plainReader");
  AddNative<ReaderLists>(realm, natives, "plainReaderLists");
  AddNative<Check>(realm, natives, "plainCheck");
  AddNative<CheckAll>(realm, natives, "plainCheckAll");
  AddNative<NumberOfShape>(realm, natives, "plainShape");
  AddNative<KeysOfShape>(realm, natives, "plainKeys");
  AddNative<Compile>(realm, natives, "plainCompile");
}

}  // namespace isolates
