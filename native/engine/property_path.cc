#include "engine/property_path.h"

#include <cstdio>

#include "engine/v8_compat.h"

namespace isolates {

namespace {

bool IsIdentifier(const std::string& name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name) {
    const bool word =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
    if (!word) return false;
  }
  return true;
}

// As a string literal of JavaScript.
std::string Quote(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof(escape), c == '\n' ? "\\n" : c == '\t' ? "\\t" : c == '\r' ? "\\r" : "\\u%04x", c);
      quoted += escape;
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace

std::string PropertyPath(v8::Isolate* isolate, v8::Local<v8::Value> key) {
  if (!key->IsString()) return "[" + std::to_string(key.As<v8::Uint32>()->Value()) + "]";
  const std::string name = ToUtf8(isolate, key.As<v8::String>());
  return IsIdentifier(name) ? "." + name : "[" + Quote(name) + "]";
}

}  // namespace isolates
