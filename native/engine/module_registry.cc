#include "engine/module_registry.h"

#include <utility>

#include "base/check.h"
#include "engine/guest_heap.h"
#include "engine/guest_natives.h"
#include "engine/source_place.h"
#include "engine/v8_compat.h"

namespace isolates {

namespace {

// V8 lists key, value and place of each attribute of a request, but only key and value for `import()`.
constexpr int kRequestStride = 3;
constexpr int kDynamicStride = 2;

std::string AttributesText(v8::Isolate* isolate, v8::Local<v8::Context> context, v8::Local<v8::FixedArray> attributes) {
  std::string text;
  for (int i = 0; i + 1 < attributes->Length(); i += kRequestStride) {
    text += ToUtf8(isolate, ElementAt(context, attributes, i).As<v8::String>()) + "=" +
            ToUtf8(isolate, ElementAt(context, attributes, i + 1).As<v8::String>()) + ";";
  }
  return text;
}

v8::Local<v8::Array> AttributesList(v8::Isolate* isolate, v8::Local<v8::Context> context,
                                    v8::Local<v8::FixedArray> attributes, int stride) {
  std::vector<v8::Local<v8::Value>> list;
  for (int i = 0; i + 1 < attributes->Length(); i += stride) {
    list.push_back(ElementAt(context, attributes, i).As<v8::Value>());
    list.push_back(ElementAt(context, attributes, i + 1).As<v8::Value>());
  }
  return v8::Array::New(isolate, list.data(), list.size());
}

// What V8 is given of the cache refers to the cache's own bytes.
CodeCache::Code* Borrow(const CodeCache::Code* code) {
  return code == nullptr ? nullptr : new CodeCache::Code(code->data, code->length, CodeCache::Code::BufferNotOwned);
}

}  // namespace

void ModuleRegistry::Install(v8::Isolate* isolate) {
  isolate->SetHostImportModuleDynamicallyCallback(OnImport);
  isolate->SetHostInitializeImportMetaObjectCallback(OnMeta);
}

ModuleRegistry* ModuleRegistry::Of(v8::Local<v8::Context> context) {
  GuestHeap* heap = GuestHeap::Of(v8::Isolate::GetCurrent());
  ModuleRegistry* registry = heap->modules();
  if (registry->import_dynamically_.IsEmpty()) GuestNatives::LoadPart(heap->isolate(), context, "modules");
  return registry;
}

void ModuleRegistry::Register(v8::Local<v8::Function> import_dynamically, v8::Local<v8::Function> fill_meta) {
  import_dynamically_.Reset(isolate(), import_dynamically);
  fill_meta_.Reset(isolate(), fill_meta);
}

ModuleRegistry::Id ModuleRegistry::Add(std::unique_ptr<Entry> entry, v8::Local<v8::Module> module) {
  const auto id = static_cast<Id>(entries_.size());
  entry->module.Reset(isolate(), module);
  entries_.push_back(std::move(entry));
  by_identity_.emplace(module->GetIdentityHash(), id);
  return id;
}

std::optional<ModuleRegistry::Id> ModuleRegistry::Find(v8::Local<v8::Module> module) const {
  const auto [first, last] = by_identity_.equal_range(module->GetIdentityHash());
  for (auto found = first; found != last; ++found) {
    if (entries_[found->second]->module == module) return found->second;
  }
  return std::nullopt;
}

CodeCache::Name ModuleRegistry::NameOf(CodeCache::Kind kind, v8::Local<v8::String> url,
                                       v8::Local<v8::String> source) const {
  return {kind, ToUtf8(isolate(), url), ValueOf(isolate(), source)};
}

std::optional<ModuleRegistry::Id> ModuleRegistry::Compile(v8::Local<v8::String> url, v8::Local<v8::String> source) {
  CodeCache::Name name = NameOf(CodeCache::Kind::kModule, url, source);
  const std::shared_ptr<const CodeCache::Code> code = CodeCache::Get().Find(name);
  v8::ScriptCompiler::Source unit(source, MakeModuleOrigin(isolate(), url), Borrow(code.get()));
  const auto options = code == nullptr ? v8::ScriptCompiler::kNoCompileOptions : v8::ScriptCompiler::kConsumeCodeCache;
  v8::Local<v8::Module> module;
  v8::TryCatch caught(isolate());
  if (!v8::ScriptCompiler::CompileModule(isolate(), &unit, options).ToLocal(&module)) {
    AddPlace(isolate(), context(), caught);
    caught.ReThrow();
    return std::nullopt;
  }
  auto entry = std::make_unique<Entry>();
  const bool rejected = code != nullptr && unit.GetCachedData()->rejected;
  if (rejected) CodeCache::Get().Drop(name);
  if (code == nullptr || rejected) {
    // Only before it is evaluated V8 tells which script it is.
    entry->script.Reset(isolate(), module->GetUnboundModuleScript());
    entry->name = std::move(name);
  }
  const v8::Local<v8::FixedArray> requests = module->GetModuleRequests();
  for (int i = 0; i < requests->Length(); ++i) {
    const auto request = ElementAt(context(), requests, i).As<v8::ModuleRequest>();
    entry->requests.push_back(
        {ToUtf8(isolate(), request->GetSpecifier()), AttributesText(isolate(), context(), ImportAttributes(request))});
  }
  return Add(std::move(entry), module);
}

ModuleRegistry::Id ModuleRegistry::MakeSynthetic(v8::Local<v8::String> url,
                                                 const std::vector<v8::Local<v8::String>>& names,
                                                 v8::Local<v8::Function> evaluate) {
  auto entry = std::make_unique<Entry>();
  entry->evaluate.Reset(isolate(), evaluate);
  for (const v8::Local<v8::String> name : names) entry->names.emplace_back(isolate(), name);
  return Add(std::move(entry), NewSyntheticModule(isolate(), url, names, OnEvaluate));
}

v8::Local<v8::Array> ModuleRegistry::Requests(Id id) const {
  std::vector<v8::Local<v8::Value>> list;
  const v8::Local<v8::Module> module = ModuleOf(id);
  if (module->IsSourceTextModule()) {
    const v8::Local<v8::FixedArray> requests = module->GetModuleRequests();
    for (int i = 0; i < requests->Length(); ++i) {
      const auto request = ElementAt(context(), requests, i).As<v8::ModuleRequest>();
      list.push_back(request->GetSpecifier());
      list.push_back(AttributesList(isolate(), context(), ImportAttributes(request), kRequestStride));
    }
  }
  return v8::Array::New(isolate(), list.data(), list.size());
}

v8::Maybe<bool> ModuleRegistry::Instantiate(Id id) {
  v8::TryCatch caught(isolate());
  const v8::Maybe<bool> done = ModuleOf(id)->InstantiateModule(context(), OnResolve);
  if (done.IsNothing()) {
    AddPlace(isolate(), context(), caught);
    caught.ReThrow();
  }
  return done;
}

v8::MaybeLocal<v8::Value> ModuleRegistry::Evaluate(Id id) {
  const v8::Local<v8::Module> module = ModuleOf(id);
  // V8 checks that nobody asks for it again in the midst of it.
  if (module->GetStatus() == v8::Module::kEvaluating) {
    isolate()->ThrowException(
        v8::Exception::Error(Literal(isolate(), "The module is being evaluated, and what it runs requires it again")));
    return {};
  }
  return module->Evaluate(context());
}

void ModuleRegistry::Keep(Id id) {
  Entry* entry = entries_[id].get();
  if (entry->script.IsEmpty()) return;
  std::unique_ptr<const CodeCache::Code> code(v8::ScriptCompiler::CreateCodeCache(entry->script.Get(isolate())));
  if (code != nullptr) CodeCache::Get().Keep(*entry->name, std::move(code));
  entry->script.Reset();
  entry->name.reset();
}

v8::MaybeLocal<v8::Value> ModuleRegistry::CompileFunction(v8::Local<v8::String> url, v8::Local<v8::String> source,
                                                          std::vector<v8::Local<v8::String>>* parameters) {
  const CodeCache::Name name = NameOf(CodeCache::Kind::kFunction, url, source);
  const std::shared_ptr<const CodeCache::Code> code = CodeCache::Get().Find(name);
  v8::ScriptCompiler::Source unit(source, MakeOrigin(isolate(), url, 0, 0), Borrow(code.get()));
  const auto options = code == nullptr ? v8::ScriptCompiler::kNoCompileOptions : v8::ScriptCompiler::kConsumeCodeCache;
  v8::Local<v8::Function> function;
  v8::TryCatch caught(isolate());
  if (!v8::ScriptCompiler::CompileFunction(context(), &unit, parameters->size(), parameters->data(), 0, nullptr,
                                           options)
           .ToLocal(&function)) {
    AddPlace(isolate(), context(), caught);
    caught.ReThrow();
    return {};
  }
  if (code != nullptr && unit.GetCachedData()->rejected) CodeCache::Get().Drop(name);
  return function;
}

void ModuleRegistry::KeepFunction(v8::Local<v8::String> url, v8::Local<v8::String> source,
                                  v8::Local<v8::Function> function) {
  const CodeCache::Name name = NameOf(CodeCache::Kind::kFunction, url, source);
  if (CodeCache::Get().Find(name) != nullptr) return;
  std::unique_ptr<const CodeCache::Code> code(v8::ScriptCompiler::CreateCodeCacheForFunction(function));
  if (code != nullptr) CodeCache::Get().Keep(name, std::move(code));
}

v8::MaybeLocal<v8::Promise> ModuleRegistry::OnImport(v8::Local<v8::Context> context, v8::Local<v8::Data>,
                                                     v8::Local<v8::Value> resource, v8::Local<v8::String> specifier,
                                                     v8::Local<v8::FixedArray> attributes) {
  ModuleRegistry* registry = Of(context);
  v8::Isolate* isolate = registry->isolate();
  // The part ended with an exception: no memory, or no stack left.
  if (registry->import_dynamically_.IsEmpty()) return {};
  v8::Local<v8::Value> arguments[] = {resource->IsString() ? resource : v8::String::Empty(isolate).As<v8::Value>(),
                                      specifier, AttributesList(isolate, context, attributes, kDynamicStride)};
  v8::Local<v8::Value> promise;
  if (!registry->import_dynamically_.Get(isolate)
           ->Call(context, v8::Undefined(isolate), 3, arguments)
           .ToLocal(&promise)) {
    return {};
  }
  ISOLATES_CHECK(promise->IsPromise());
  return promise.As<v8::Promise>();
}

void ModuleRegistry::OnMeta(v8::Local<v8::Context> context, v8::Local<v8::Module> module, v8::Local<v8::Object> meta) {
  ModuleRegistry* registry = Of(context);
  v8::Isolate* isolate = registry->isolate();
  const std::optional<Id> id = registry->Find(module);
  if (!id.has_value() || registry->fill_meta_.IsEmpty()) return;
  v8::Local<v8::Value> arguments[] = {v8::Number::New(isolate, *id), meta};
  (void)registry->fill_meta_.Get(isolate)->Call(context, v8::Undefined(isolate), 2, arguments).IsEmpty();
}

v8::MaybeLocal<v8::Module> ModuleRegistry::OnResolve(v8::Local<v8::Context> context, v8::Local<v8::String> specifier,
                                                     v8::Local<v8::FixedArray> attributes,
                                                     v8::Local<v8::Module> referrer) {
  const ModuleRegistry* registry = GuestHeap::Of(v8::Isolate::GetCurrent())->modules();
  v8::Isolate* isolate = registry->isolate();
  const std::optional<Id> id = registry->Find(referrer);
  ISOLATES_CHECK(id.has_value());
  const Entry& entry = *registry->entries_[*id];
  const Request wanted{ToUtf8(isolate, specifier), AttributesText(isolate, context, attributes)};
  for (size_t i = 0; i < entry.requests.size() && i < entry.targets.size(); ++i) {
    if (entry.requests[i] == wanted) return registry->ModuleOf(entry.targets[i]);
  }
  isolate->ThrowException(v8::Exception::Error(Literal(isolate, "The module is not linked")));
  return {};
}

v8::MaybeLocal<v8::Value> ModuleRegistry::OnEvaluate(v8::Local<v8::Context> context, v8::Local<v8::Module> module) {
  const ModuleRegistry* registry = GuestHeap::Of(v8::Isolate::GetCurrent())->modules();
  v8::Isolate* isolate = registry->isolate();
  const std::optional<Id> id = registry->Find(module);
  ISOLATES_CHECK(id.has_value());
  const Entry& entry = *registry->entries_[*id];
  v8::Local<v8::Value> values;
  if (!entry.evaluate.Get(isolate)->Call(context, v8::Undefined(isolate), 0, nullptr).ToLocal(&values)) return {};
  ISOLATES_CHECK(values->IsArray());
  const auto list = values.As<v8::Array>();
  // The function may have had other modules made: the entry stays where it is, the list of entries need not.
  for (uint32_t i = 0; i < entry.names.size(); ++i) {
    v8::Local<v8::Value> value;
    if (!list->Get(context, i).ToLocal(&value)) return {};
    if (module->SetSyntheticModuleExport(isolate, entry.names[i].Get(isolate), value).IsNothing()) return {};
  }
  v8::Local<v8::Promise::Resolver> done;
  if (!v8::Promise::Resolver::New(context).ToLocal(&done)) return {};
  if (done->Resolve(context, v8::Undefined(isolate)).IsNothing()) return {};
  return done->GetPromise();
}

}  // namespace isolates
