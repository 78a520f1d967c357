#include "engine/guest_library.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <utility>

#include "base/guarded.h"
#include "engine/v8_compat.h"

namespace isolates {

namespace {

using Cached = v8::ScriptCompiler::CachedData;

class LibraryText final : public v8::String::ExternalOneByteStringResource {
 public:
  explicit LibraryText(std::string text) : text_(std::move(text)) {}
  const char* data() const override { return text_.data(); }
  size_t length() const override { return text_.size(); }
  // V8 calls this when a string that uses the resource dies; it is shared and stays.
  void Dispose() override {}

 private:
  const std::string text_;
};

struct Library {
  LibraryText* text = nullptr;  // never freed
  std::shared_ptr<const Cached> code;
};

struct Libraries {
  std::string directory;
  std::map<std::string, Library, std::less<>> by_name;
};

Guarded<Libraries>& GetLibraries() {
  static auto* libraries = new Guarded<Libraries>();
  return *libraries;
}

// Null when it cannot be read.
LibraryText* Read(const std::string& directory, std::string_view name) {
  const std::u8string where(directory.begin(), directory.end());
  std::ifstream file(std::filesystem::path(where) / (std::string(name) + ".js"), std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return text.empty() ? nullptr : new LibraryText(std::move(text));
}

Library Find(std::string_view name) {
  std::string directory;
  {
    const auto libraries = GetLibraries().Acquire();
    const auto found = libraries->by_name.find(name);
    if (found != libraries->by_name.end()) return found->second;
    directory = libraries->directory;
  }
  LibraryText* read = Read(directory, name);
  if (read == nullptr) return {};
  const auto libraries = GetLibraries().Acquire();
  Library& library = libraries->by_name[std::string(name)];
  // Another isolate may have been faster.
  if (library.text == nullptr) {
    library.text = read;
  } else {
    delete read;
  }
  return library;
}

void Keep(std::string_view name, v8::Local<v8::Script> script) {
  std::shared_ptr<const Cached> made(v8::ScriptCompiler::CreateCodeCache(script->GetUnboundScript()));
  if (made != nullptr) GetLibraries().Acquire()->by_name.find(name)->second.code = std::move(made);
}

}  // namespace

void GuestLibrary::Locate(std::string directory) {
  const auto libraries = GetLibraries().Acquire();
  if (libraries->directory.empty()) libraries->directory = std::move(directory);
}

v8::MaybeLocal<v8::Value> GuestLibrary::Run(v8::Isolate* isolate, v8::Local<v8::Context> context, std::string_view name,
                                            v8::Local<v8::Value> argument) {
  const Library library = Find(name);
  if (library.text == nullptr) {
    const std::string message = "The runtime library '" + std::string(name) + "' cannot be read";
    isolate->ThrowException(v8::Exception::Error(Literal(isolate, message)));
    return {};
  }
  v8::Local<v8::String> text;
  if (!v8::String::NewExternalOneByte(isolate, library.text).ToLocal(&text)) return {};
  // V8 owns what is handed to it, but not the bytes, which `library` keeps.
  Cached* cached =
      library.code == nullptr ? nullptr : new Cached(library.code->data, library.code->length, Cached::BufferNotOwned);
  v8::ScriptCompiler::Source unit(text, MakeOrigin(isolate, Literal(isolate, "isolates:" + std::string(name)), 0, 0),
                                  cached);
  const auto options =
      cached == nullptr ? v8::ScriptCompiler::kNoCompileOptions : v8::ScriptCompiler::kConsumeCodeCache;
  v8::Local<v8::Script> script;
  v8::Local<v8::Value> function;
  v8::Local<v8::Value> result;
  if (!v8::ScriptCompiler::Compile(context, &unit, options).ToLocal(&script) ||
      !script->Run(context).ToLocal(&function) || !function->IsFunction() ||
      !function.As<v8::Function>()->Call(context, v8::Undefined(isolate), 1, &argument).ToLocal(&result)) {
    return {};
  }
  // Now, with the functions in it that ran. V8 rejects what it made under other flags: then it is made anew.
  if (cached == nullptr || cached->rejected) Keep(name, script);
  return result;
}

}  // namespace isolates
