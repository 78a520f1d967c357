#include "engine/shape_cache.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/v8_compat.h"
#include "engine/value_string.h"
#include "value/value.h"

namespace isolates {

namespace {

// A string literal of JavaScript, of plain ASCII whatever the text.
void AppendLiteral(Text text, std::string* source) {
  constexpr char kDigits[] = "0123456789abcdef";
  *source += '"';
  for (size_t i = 0; i < text.length(); ++i) {
    const char16_t c = text.at(i);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_') {
      *source += static_cast<char>(c);
      continue;
    }
    *source += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) *source += kDigits[(c >> shift) & 0xf];
  }
  *source += '"';
}

// A function that makes one that makes frozen records of a shape.
std::string SourceFor(const Shape& shape) {
  std::string parameters;
  std::string properties;
  for (size_t i = 0; i < shape.size(); ++i) {
    const std::string parameter = "v" + std::to_string(i);
    parameters += parameter + ",";
    // Computed, or a key `__proto__` would be the prototype.
    properties += '[';
    AppendLiteral(shape.key(i).text(), &properties);
    properties += "]:" + parameter + ",";
  }
  return "(freeze)=>(" + parameters + ")=>freeze({" + properties + "})";
}

}  // namespace

ShapeCache::ShapeCache(v8::Isolate* isolate, v8::Local<v8::Function> keys, v8::Local<v8::Function> values,
                       v8::Local<v8::Function> freeze)
    : isolate_(isolate), keys_(isolate, keys), values_(isolate, values), freeze_(isolate, freeze) {}

bool ShapeCache::Split(v8::Local<v8::Context> context, v8::Local<v8::Object> record, v8::Local<v8::Array>* keys,
                       v8::Local<v8::Array>* values) const {
  const v8::Local<v8::Value> undefined = v8::Undefined(isolate_);
  v8::Local<v8::Value> argument = record;
  v8::Local<v8::Value> key_list;
  v8::Local<v8::Value> value_list;
  if (!keys_.Get(isolate_)->Call(context, undefined, 1, &argument).ToLocal(&key_list) ||
      !values_.Get(isolate_)->Call(context, undefined, 1, &argument).ToLocal(&value_list)) {
    return false;
  }
  *keys = key_list.As<v8::Array>();
  *values = value_list.As<v8::Array>();
  return true;
}

ShapeRef ShapeCache::ShapeOf(const std::vector<v8::Local<v8::String>>& keys) {
  const size_t first = keys.empty() ? 0 : static_cast<size_t>(keys.front()->GetIdentityHash());
  const size_t last = keys.empty() ? 0 : static_cast<size_t>(keys.back()->GetIdentityHash());
  Known& known = by_keys_[(first + last * 3 + keys.size() * 7) % kPlaces];
  if (known.shape && std::ranges::equal(known.keys, keys, [](const auto& a, const auto& b) { return a == b; })) {
    return known.shape;
  }
  std::vector<Value> texts;
  std::vector<Text> views;
  for (const v8::Local<v8::String> key : keys) texts.push_back(ValueOf(isolate_, key));
  for (const Value& text : texts) views.push_back(text.text());
  ShapeRef shape = Shape::Of(views);
  if (keys.size() > kMostKeys) return shape;
  known.keys.clear();
  for (const v8::Local<v8::String> key : keys) known.keys.emplace_back(isolate_, key);
  known.shape = shape;
  return shape;
}

ShapeCache::Known* ShapeCache::Find(const Shape* shape) {
  Known& known = shape->size() > kMostKeys ? large_ : by_id_[shape->id() % kPlaces];
  if (known.shape.get() == shape) return &known;
  known = Known();
  known.keys.reserve(shape->size());
  for (size_t i = 0; i < shape->size(); ++i) {
    const Text text = shape->key(i).text();
    const auto length = static_cast<int>(text.length());
    v8::Local<v8::String> key;
    if (!(text.two_byte() ? v8::String::NewFromTwoByte(isolate_, reinterpret_cast<const uint16_t*>(text.two()),
                                                       v8::NewStringType::kInternalized, length)
                          : v8::String::NewFromOneByte(isolate_, text.one(), v8::NewStringType::kInternalized, length))
             .ToLocal(&key)) {
      return nullptr;
    }
    known.keys.emplace_back(isolate_, key);
  }
  known.shape = ShapeRef(shape);
  return &known;
}

void ShapeCache::Compile(v8::Local<v8::Context> context, Known* known) const {
  // Without it records are made more slowly, so what fails in here fails silently; but for an end of the isolate, which
  // V8 goes on with.
  v8::TryCatch quiet(isolate_);
  v8::ScriptCompiler::Source unit(Literal(isolate_, SourceFor(*known->shape.get())),
                                  MakeOrigin(isolate_, Literal(isolate_, "isolates:record"), 0, 0));
  v8::Local<v8::Script> script;
  v8::Local<v8::Value> outer;
  v8::Local<v8::Value> make;
  v8::Local<v8::Value> freeze = freeze_.Get(isolate_);
  if (!v8::ScriptCompiler::Compile(context, &unit).ToLocal(&script) || !script->Run(context).ToLocal(&outer) ||
      !outer.As<v8::Function>()->Call(context, v8::Undefined(isolate_), 1, &freeze).ToLocal(&make)) {
    if (quiet.HasTerminated()) isolate_->TerminateExecution();
    return;
  }
  known->make.Reset(isolate_, make.As<v8::Function>());
}

v8::MaybeLocal<v8::Object> ShapeCache::MakeSlowly(v8::Local<v8::Context> context, const Known& known,
                                                  const std::vector<v8::Local<v8::Value>>& slots) const {
  const v8::Local<v8::Object> record = v8::Object::New(isolate_);
  for (size_t i = 0; i < slots.size(); ++i) {
    // Defined, not assigned: a `__proto__` in a value is a name like any other.
    if (!record->CreateDataProperty(context, known.keys[i].Get(isolate_), slots[i]).FromMaybe(false)) return {};
  }
  if (!record->SetIntegrityLevel(context, v8::IntegrityLevel::kFrozen).FromMaybe(false)) return {};
  return record;
}

v8::MaybeLocal<v8::Object> ShapeCache::Make(v8::Local<v8::Context> context, const Shape* shape,
                                            std::vector<v8::Local<v8::Value>>* slots) {
  Known* known = Find(shape);
  if (known == nullptr) return {};
  if (++known->records == kManyRecords && shape->size() <= kFewKeys) Compile(context, known);
  if (known->make.IsEmpty()) return MakeSlowly(context, *known, *slots);
  v8::Local<v8::Value> record;
  if (!known->make.Get(isolate_)
           ->Call(context, v8::Undefined(isolate_), static_cast<int>(slots->size()), slots->data())
           .ToLocal(&record)) {
    return {};
  }
  return record.As<v8::Object>();
}

}  // namespace isolates
