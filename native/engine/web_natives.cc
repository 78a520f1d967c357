#include "engine/web_natives.h"

#include <chrono>

#include "base/random.h"
#include "engine/native_function.h"
#include "engine/structured_clone.h"
#include "engine/text_natives.h"
#include "engine/v8_compat.h"

namespace isolates {

namespace {

// What the standard lets a guest ask for at once, and about the most that is worth it.
constexpr size_t kMostRandom = 65536;

using Milliseconds = std::chrono::duration<double, std::milli>;

// (typed array) fills it
v8::Local<v8::Value> FillRandomly(Realm* realm, const Arguments& arguments) {
  v8::Isolate* isolate = realm->isolate();
  if (!arguments[0]->IsArrayBufferView() || arguments[0].As<v8::ArrayBufferView>()->ByteLength() > kMostRandom) {
    isolate->ThrowException(v8::Exception::TypeError(Literal(isolate, "Invalid arguments")));
    return {};
  }
  const v8::Local<v8::ArrayBufferView> view = arguments[0].As<v8::ArrayBufferView>();
  if (view->ByteLength() == 0) return {};
  auto* to = static_cast<uint8_t*>(view->Buffer()->Data()) + view->ByteOffset();
  if (!FillRandom(to, view->ByteLength())) {
    isolate->ThrowException(v8::Exception::Error(Literal(isolate, "The system has no random numbers")));
  }
  return {};
}

// () => milliseconds since the isolate was given to its owner
v8::Local<v8::Value> Now(Realm* realm, const Arguments&) {
  const Milliseconds since = Clock::now() - static_cast<GuestHeap*>(realm)->born();
  return v8::Number::New(realm->isolate(), since.count());
}

// () => when that was, in milliseconds since 1970
v8::Local<v8::Value> TimeOrigin(Realm* realm, const Arguments&) {
  const Milliseconds since = Clock::now() - static_cast<GuestHeap*>(realm)->born();
  const Milliseconds now = std::chrono::system_clock::now().time_since_epoch();
  return v8::Number::New(realm->isolate(), (now - since).count());
}

// What objects of the platform are made by that are copied, or moved, otherwise than by their properties: V8 asks about
// objects with a field of an embedder's.
v8::Local<v8::Function> PlatformObjectClass(GuestHeap* heap) {
  const v8::Local<v8::FunctionTemplate> made = v8::FunctionTemplate::New(heap->isolate());
  made->InstanceTemplate()->SetInternalFieldCount(1);
  return made->GetFunction(heap->context()).ToLocalChecked();
}

}  // namespace

v8::Local<v8::Object> MakeWebNatives(GuestHeap* heap) {
  const v8::Local<v8::Object> natives = v8::Object::New(heap->isolate());
  AddTextNatives(heap, natives);
  AddNative<FillRandomly>(heap, natives, "fillRandomly");
  AddNative<Now>(heap, natives, "now");
  AddNative<TimeOrigin>(heap, natives, "timeOrigin");
  AddNative<StructuredClone>(heap, natives, "structuredClone");
  natives->CreateDataProperty(heap->context(), Literal(heap->isolate(), "PlatformObject"), PlatformObjectClass(heap))
      .Check();
  return natives;
}

}  // namespace isolates
