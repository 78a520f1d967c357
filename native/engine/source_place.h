#ifndef ISOLATES_ENGINE_SOURCE_PLACE_H_
#define ISOLATES_ENGINE_SOURCE_PLACE_H_

#include <v8.h>

#include <string>

namespace isolates {

// `file.js:3:7`, the source line and a caret under the place, as Node prints it.
std::string DescribePlace(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::Message> message);

// Puts the place of what does not compile before the stack of its error, which tells nothing of it otherwise.
void AddPlace(v8::Isolate* isolate, v8::Local<v8::Context> context, const v8::TryCatch& caught);

}  // namespace isolates

#endif  // ISOLATES_ENGINE_SOURCE_PLACE_H_
