#include "engine/source_place.h"

#include <algorithm>

#include "engine/v8_compat.h"

namespace isolates {

namespace {

constexpr size_t kLongestLine = 200;

}  // namespace

std::string DescribePlace(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Message> message) {
  const v8::Local<v8::Value> file = message->GetScriptResourceName();
  const int line = message->GetLineNumber(context).FromMaybe(0);
  // What microtasks throw comes without a place.
  if (line == 0) return {};
  const int column = std::max(0, message->GetStartColumn(context).FromMaybe(0));
  std::string place = file->IsString() ? ToUtf8(isolate, file.As<v8::String>()) : std::string("<anonymous>");
  place += ":" + std::to_string(line) + ":" + std::to_string(column + 1);
  v8::Local<v8::String> source;
  if (!message->GetSourceLine(context).ToLocal(&source)) return place;
  const std::string text = ToUtf8(isolate, source);
  // A minified file is one line of a megabyte.
  if (text.size() > kLongestLine) return place;
  const int end = message->GetEndColumn(context).FromMaybe(column + 1);
  const auto carets = static_cast<size_t>(std::max(1, end - column));
  std::string indent;
  for (size_t i = 0; i < static_cast<size_t>(column) && i < text.size(); ++i) indent += text[i] == '\t' ? '\t' : ' ';
  return place + "\n" + text + "\n" + indent + std::string(std::min(carets, kLongestLine), '^');
}

void AddPlace(v8::Isolate* isolate, v8::Local<v8::Context> context, const v8::TryCatch& caught) {
  if (!caught.HasCaught() || caught.HasTerminated() || caught.Message().IsEmpty()) return;
  if (!caught.Exception()->IsNativeError()) return;
  const auto error = caught.Exception().As<v8::Object>();
  const v8::Local<v8::String> key = Literal(isolate, "stack");
  v8::Local<v8::Value> stack;
  v8::Local<v8::String> place;
  const v8::TryCatch quiet(isolate);
  if (!error->Get(context, key).ToLocal(&stack) || !stack->IsString()) return;
  const std::string text = DescribePlace(isolate, context, caught.Message());
  if (text.empty() || !FromUtf8(isolate, text + "\n\n").ToLocal(&place)) return;
  (void)error->DefineOwnProperty(context, key, v8::String::Concat(isolate, place, stack.As<v8::String>()), v8::DontEnum)
      .IsNothing();
}

}  // namespace isolates
