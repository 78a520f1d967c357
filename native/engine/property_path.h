#ifndef ISOLATES_ENGINE_PROPERTY_PATH_H_
#define ISOLATES_ENGINE_PROPERTY_PATH_H_

#include <v8.h>

#include <string>

namespace isolates {

// How a property is written behind what it belongs to: `.name`, `["odd name"]`, `[3]`.
std::string PropertyPath(v8::Isolate* isolate, v8::Local<v8::Value> key);

}  // namespace isolates

#endif  // ISOLATES_ENGINE_PROPERTY_PATH_H_
