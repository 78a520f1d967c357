#include "engine/memory_survey.h"

#include <uv.h>
#include <v8-profiler.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/guarded.h"
#include "engine/v8_compat.h"

namespace isolates {

namespace {

// What an object of Intl takes besides its place in the heap, by V8's own number for its type: a name or a prototype
// would be what the guest has made of them. The numbers differ between versions, so they are read off objects made in a
// context that no guest has touched.
class IntlSizes {
 public:
  // Those of the process; of the isolate's own making where the guest is just being cut off, and then empty.
  static std::shared_ptr<const IntlSizes> Get(v8::Isolate* isolate) {
    static auto* known = new Guarded<std::shared_ptr<const IntlSizes>>();
    std::shared_ptr<const IntlSizes> sizes = *known->Acquire();
    if (sizes == nullptr) {
      sizes.reset(new IntlSizes(isolate));
      if (!sizes->sizes_.empty()) *known->Acquire() = sizes;
    }
    return sizes;
  }

  // 0 for what is none.
  size_t Of(v8::Local<v8::Object> object) const {
    const auto found = sizes_.find(TypeOf(object));
    return found == sizes_.end() ? 0 : found->second;
  }

 private:
  explicit IntlSizes(v8::Isolate* isolate) {
    constexpr const char* kSource =
        "const s = new Intl.Segmenter('en'), t = s.segment('a');"
        "[new Intl.DateTimeFormat('en'), t, t[Symbol.iterator](), s, new Intl.NumberFormat('en'), new "
        "Intl.Collator('en'),"
        " new Intl.PluralRules('en'), new Intl.RelativeTimeFormat('en'), new Intl.DisplayNames('en', { type: 'region' "
        "}),"
        " new Intl.ListFormat('en'), new Intl.Locale('en')]";
    constexpr size_t kLarge = size_t{24} << 10;
    constexpr size_t kUsual = size_t{3} << 10;
    const v8::HandleScope handles(isolate);
    const v8::TryCatch caught(isolate);
    const v8::Local<v8::Context> context = v8::Context::New(isolate);
    if (context.IsEmpty()) return;
    const v8::Context::Scope entered(context);
    v8::Local<v8::Script> script;
    v8::Local<v8::Value> made;
    if (!v8::Script::Compile(context, Literal(isolate, kSource)).ToLocal(&script) ||
        !script->Run(context).ToLocal(&made) || !made->IsArray()) {
      return;
    }
    const auto list = made.As<v8::Array>();
    std::unordered_map<int, size_t> sizes;
    for (uint32_t i = 0; i < list->Length(); ++i) {
      v8::Local<v8::Value> object;
      if (!list->Get(context, i).ToLocal(&object) || !object->IsObject()) return;
      sizes.emplace(TypeOf(object.As<v8::Object>()), i < 3 ? kLarge : kUsual);
    }
    sizes_ = std::move(sizes);
  }

  static int TypeOf(v8::Local<v8::Object> object) {
    return v8::internal::Internals::GetInstanceType(*reinterpret_cast<v8::internal::Address*>(*object));
  }

  std::unordered_map<int, size_t> sizes_;
};

class Outside final : public v8::QueryObjectPredicate {
 public:
  explicit Outside(const IntlSizes& intl) : intl_(intl) {}
  bool Filter(v8::Local<v8::Object> object) override {
    if (object->IsArrayBuffer() || object->IsSharedArrayBuffer() || object->IsWasmMemoryObject()) return true;
    // Nothing else is known of those, so they need not be kept.
    intl_bytes_ += intl_.Of(object);
    return false;
  }
  size_t intl_bytes() const { return intl_bytes_; }

 private:
  const IntlSizes& intl_;
  size_t intl_bytes_ = 0;
};

std::shared_ptr<v8::BackingStore> StoreOf(v8::Local<v8::Object> object) {
  if (object->IsSharedArrayBuffer()) return object.As<v8::SharedArrayBuffer>()->GetBackingStore();
  if (object->IsArrayBuffer()) return object.As<v8::ArrayBuffer>()->GetBackingStore();
  return StoreOf(object.As<v8::WasmMemoryObject>()->Buffer());
}

}  // namespace

size_t ResidentMark::Resident() {
  size_t bytes = 0;
  return uv_resident_set_memory(&bytes) == 0 ? bytes : 0;
}

bool ResidentMark::IsPassed() {
  const size_t now = Resident();
  const size_t mark = bytes();
  if (mark == 0 || now < mark) {
    Set(now);
    return false;
  }
  return now > mark && now - mark > StepFrom(mark);
}

void ForeignStores::Add(const std::shared_ptr<v8::BackingStore>& store) {
  if (stores_.size() >= pruned_at_) {
    std::erase_if(stores_, [](const auto& weak) { return weak.expired(); });
    pruned_at_ = std::max<size_t>(64, 2 * stores_.size());
  }
  stores_.push_back(store);
}

bool ForeignStores::Has(const v8::BackingStore* store) const {
  return std::any_of(stores_.begin(), stores_.end(), [store](const auto& weak) { return weak.lock().get() == store; });
}

size_t BytesOutside(v8::Isolate* isolate, v8::Local<v8::Context> context, const ForeignStores& foreign) {
  const v8::HandleScope handles(isolate);
  const std::shared_ptr<const IntlSizes> intl = IntlSizes::Get(isolate);
  Outside outside(*intl);
  std::vector<v8::Global<v8::Object>> found;
  isolate->GetHeapProfiler()->QueryObjects(context, &outside, &found);
  // One memory may have several objects.
  std::unordered_set<const v8::BackingStore*> counted;
  size_t bytes = outside.intl_bytes();
  for (const v8::Global<v8::Object>& global : found) {
    const v8::HandleScope inner(isolate);
    const std::shared_ptr<v8::BackingStore> store = StoreOf(global.Get(isolate));
    if (store == nullptr || !counted.insert(store.get()).second || foreign.Has(store.get())) continue;
    bytes += store->ByteLength();
  }
  return bytes;
}

}  // namespace isolates
