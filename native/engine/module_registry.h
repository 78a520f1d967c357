#ifndef ISOLATES_ENGINE_MODULE_REGISTRY_H_
#define ISOLATES_ENGINE_MODULE_REGISTRY_H_

#include <v8.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/code_cache.h"
#include "engine/realm.h"

namespace isolates {

// The modules of one guest, by number. What they are called, where their text comes from and which one a specifier
// means is the business of lib/guest/modules; this is what V8 has to be asked for.
//
// Threads: the holder of the isolate's lock.
// Owns: the modules and the functions that were registered, for the life of the heap: a module that was evaluated once
// is never evaluated again.
class ModuleRegistry {
 public:
  using Id = uint32_t;

  explicit ModuleRegistry(Realm* realm) : realm_(realm) {}
  ModuleRegistry(const ModuleRegistry&) = delete;
  ModuleRegistry& operator=(const ModuleRegistry&) = delete;

  // Has V8 come here for `import()` and `import.meta`.
  static void Install(v8::Isolate* isolate);

  // What `import()` calls: (name of the script or module, specifier, keys and values of attributes) => promise; and
  // what fills an `import.meta`: (module, object).
  void Register(v8::Local<v8::Function> import_dynamically, v8::Local<v8::Function> fill_meta);

  // Nothing, with an exception pending, for a syntax error.
  std::optional<Id> Compile(v8::Local<v8::String> url, v8::Local<v8::String> source);
  // `evaluate` answers the values of all names, in their order.
  Id MakeSynthetic(v8::Local<v8::String> url, const std::vector<v8::Local<v8::String>>& names,
                   v8::Local<v8::Function> evaluate);
  // Specifiers and lists of attributes take turns.
  v8::Local<v8::Array> Requests(Id id) const;
  // The modules that its requests mean, in their order.
  void Link(Id id, std::vector<Id> targets) { entries_[id]->targets = std::move(targets); }
  v8::Maybe<bool> Instantiate(Id id);
  v8::MaybeLocal<v8::Value> Evaluate(Id id);
  v8::Local<v8::Value> Namespace(Id id) const { return ModuleOf(id)->GetModuleNamespace(); }
  bool IsAsync(Id id) const { return ModuleOf(id)->IsGraphAsync(); }
  // Leaves what V8 made of it, with the functions that have run, for other isolates.
  void Keep(Id id);

  // The function that runs a CommonJS file.
  v8::MaybeLocal<v8::Value> CompileFunction(v8::Local<v8::String> url, v8::Local<v8::String> source,
                                            std::vector<v8::Local<v8::String>>* parameters);
  void KeepFunction(v8::Local<v8::String> url, v8::Local<v8::String> source, v8::Local<v8::Function> function);

 private:
  struct Request {
    std::string specifier;
    std::string attributes;
    bool operator==(const Request&) const = default;
  };
  struct Entry {
    v8::Global<v8::Module> module;
    v8::Global<v8::Function> evaluate;           // of a synthetic one
    std::vector<v8::Global<v8::String>> names;   // likewise
    v8::Global<v8::UnboundModuleScript> script;  // while its code is to be kept
    std::optional<CodeCache::Name> name;         // likewise
    std::vector<Request> requests;               // as V8 lists them
    std::vector<Id> targets;
  };

  static ModuleRegistry* Of(v8::Local<v8::Context> context);
  static v8::MaybeLocal<v8::Promise> OnImport(v8::Local<v8::Context> context, v8::Local<v8::Data> options,
                                              v8::Local<v8::Value> resource, v8::Local<v8::String> specifier,
                                              v8::Local<v8::FixedArray> attributes);
  static void OnMeta(v8::Local<v8::Context> context, v8::Local<v8::Module> module, v8::Local<v8::Object> meta);
  static v8::MaybeLocal<v8::Module> OnResolve(v8::Local<v8::Context> context, v8::Local<v8::String> specifier,
                                              v8::Local<v8::FixedArray> attributes, v8::Local<v8::Module> referrer);
  static v8::MaybeLocal<v8::Value> OnEvaluate(v8::Local<v8::Context> context, v8::Local<v8::Module> module);

  v8::Isolate* isolate() const { return realm_->isolate(); }
  v8::Local<v8::Context> context() const { return realm_->context(); }
  v8::Local<v8::Module> ModuleOf(Id id) const { return entries_[id]->module.Get(isolate()); }
  Id Add(std::unique_ptr<Entry> entry, v8::Local<v8::Module> module);
  std::optional<Id> Find(v8::Local<v8::Module> module) const;
  CodeCache::Name NameOf(CodeCache::Kind kind, v8::Local<v8::String> url, v8::Local<v8::String> source) const;

  Realm* const realm_;
  v8::Global<v8::Function> import_dynamically_;
  v8::Global<v8::Function> fill_meta_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::unordered_multimap<int, Id> by_identity_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_MODULE_REGISTRY_H_
