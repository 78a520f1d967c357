#include "engine/realm.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/check.h"
#include "engine/channel_cycles.h"
#include "engine/channel_orphans.h"
#include "engine/process.h"
#include "engine/v8_compat.h"
#include "value/store.h"

namespace isolates {

namespace {

// The first internal field of every handle: nobody else's objects have this address there.
alignas(8) char handle_mark;
constexpr int kMarkField = 0;
constexpr int kWrapperField = 1;
constexpr int kFields = 2;

// About what they take outside of the heap, without what is in them.
constexpr size_t kStoreBytes = size_t{8} << 10;
constexpr size_t kWaitBytes = 640;

thread_local bool is_main_thread = false;

void LetGo(SharedObject shared) {
  if (shared.kind == SharedObject::Kind::kChannel) ChannelCycles::LetGo(std::move(shared.target));
}

}  // namespace

void Realm::Construct(const v8::FunctionCallbackInfo<v8::Value>& info) {
  auto* realm = static_cast<Realm*>(ExternalPointer(info.Data()));
  if (!info.IsConstructCall()) {
    realm->isolate()->ThrowException(v8::Exception::TypeError(Literal(realm->isolate(), "Constructor requires 'new'")));
    return;
  }
  SetInternalPointer(info.This(), kMarkField, &handle_mark);
  SetInternalPointer(info.This(), kWrapperField, nullptr);
  const SharedObject* shared = std::exchange(realm->wrapping_, nullptr);
  if (shared != nullptr) realm->Attach(info.This(), *shared);
}

v8::Local<v8::Function> Realm::HandleClass() {
  if (handle_class_.IsEmpty()) {
    const v8::Local<v8::FunctionTemplate> made =
        v8::FunctionTemplate::New(isolate(), Construct, NewExternal(isolate(), this));
    made->SetClassName(Literal(isolate(), "Handle"));
    made->InstanceTemplate()->SetInternalFieldCount(kFields);
    handle_class_.Reset(isolate(), made->GetFunction(context()).ToLocalChecked());
  }
  return handle_class_.Get(isolate());
}

void Realm::Register(const std::vector<v8::Local<v8::Function>>& classes, v8::Local<v8::Function> make_error) {
  ISOLATES_CHECK(classes.size() == classes_.size());
  for (size_t i = 0; i < classes.size(); ++i) classes_[i].Reset(isolate(), classes[i]);
  make_error_.Reset(isolate(), make_error);
}

v8::MaybeLocal<v8::Object> Realm::Wrap(const SharedObject& shared) {
  const auto found = wrappers_.find(shared.target.get());
  if (found != wrappers_.end()) return found->second->handle.Get(isolate());
  v8::Local<v8::Function> made_by;
  if (shared.kind == SharedObject::kHostFunction) {
    made_by = HandleClass();
  } else {
    const v8::Global<v8::Function>& its_class = classes_[static_cast<size_t>(shared.kind)];
    if (its_class.IsEmpty()) LoadClasses();
    if (its_class.IsEmpty()) return {};
    made_by = its_class.Get(isolate());
  }
  wrapping_ = &shared;
  v8::MaybeLocal<v8::Object> handle = made_by->NewInstance(context(), 0, nullptr);
  wrapping_ = nullptr;
  return handle;
}

void Realm::Attach(v8::Local<v8::Object> handle, SharedObject shared) {
  auto* wrapper = new Wrapper{this, std::move(shared), v8::Global<v8::Object>(isolate(), handle)};
  SetInternalPointer(handle, kWrapperField, wrapper);
  wrappers_.insert_or_assign(wrapper->shared.target.get(), wrapper);
  if (wrapper->shared.kind == SharedObject::Kind::kStore) wrapper->share.Set(isolate(), kStoreBytes);
  wrapper->handle.SetWeak(
      wrapper,
      [](const v8::WeakCallbackInfo<Wrapper>& info) {
        // In the midst of a collection: letting go of the shared object may free anything, and has to wait.
        Wrapper* dead = info.GetParameter();
        dead->handle.Reset();
        auto& wrappers = dead->realm->wrappers_;
        const auto found = wrappers.find(dead->shared.target.get());
        if (found != wrappers.end() && found->second == dead) wrappers.erase(found);
        dead->realm->dead_.insert(dead);
        info.SetSecondPassCallback([](const v8::WeakCallbackInfo<Wrapper>& later) {
          const std::unique_ptr<Wrapper> buried(later.GetParameter());
          if (buried->realm == nullptr) {
            buried->left->erase(buried.get());
            return;
          }
          buried->share.Set(buried->realm->isolate(), 0);
          buried->realm->dead_.erase(buried.get());
          LetGo(std::move(buried->shared));
        });
      },
      v8::WeakCallbackType::kParameter);
}

v8::Local<v8::Object> Realm::WrapAs(v8::Local<v8::Object> handle, SharedObject shared) {
  const auto found = wrappers_.find(shared.target.get());
  if (found != wrappers_.end()) return found->second->handle.Get(isolate());
  Attach(handle, std::move(shared));
  return handle;
}

const SharedObject* Realm::Unwrap(v8::Local<v8::Value> value) {
  if (!value->IsObject()) return nullptr;
  const v8::Local<v8::Object> object = value.As<v8::Object>();
  if (object->InternalFieldCount() != kFields || InternalPointer(object, kMarkField) != &handle_mark) return nullptr;
  const auto* wrapper = static_cast<Wrapper*>(InternalPointer(object, kWrapperField));
  return wrapper == nullptr ? nullptr : &wrapper->shared;
}

ExternalShare* Realm::ShareOf(v8::Local<v8::Value> handle) {
  return &static_cast<Wrapper*>(InternalPointer(handle.As<v8::Object>(), kWrapperField))->share;
}

bool Realm::IsAnyHeld(const std::vector<std::shared_ptr<void>>& targets) const {
  return std::any_of(targets.begin(), targets.end(), [this](const std::shared_ptr<void>& target) {
    const auto wrapper = wrappers_.find(target.get());
    return wrapper == wrappers_.end() || wrapper->second->held;
  });
}

v8::Local<v8::Promise> Realm::Promise(uint64_t number, std::shared_ptr<Wait> wait, Waiting waiting, Take take) {
  const v8::Local<v8::Promise::Resolver> promise = v8::Promise::Resolver::New(context()).ToLocalChecked();
  std::optional<DeadlineTimer::Key> timer;
  if (waiting.timeout > 0) {
    timer = Process::Get().timer.Schedule(DeadlineAfter(Clock::now(), waiting.timeout),
                                          [box = std::weak_ptr<Mailbox>(mailbox()), number] {
                                            if (const auto there = box.lock())
                                              there->PostNews(number, Mailbox::News::kTimeUp);
                                          });
  }
  const bool held = IsAnyHeld(waiting.targets);
  if (held) Hold();
  pending_.emplace(number, Pending{v8::Global<v8::Promise::Resolver>(isolate(), promise), std::move(wait),
                                   std::move(take), waiting.closed, std::move(waiting.targets), timer, held, Payer()});
  return promise->GetPromise();
}

void Realm::LetGoOf(Pending* ended) {
  std::erase_if(ended->targets,
                [this](const std::shared_ptr<void>& target) { return wrappers_.contains(target.get()); });
  // A handle that is still there leads to the search when it goes.
  if (ended->targets.empty()) return;
  ended->wait = nullptr;
  ended->take = nullptr;
  for (std::shared_ptr<void>& target : ended->targets) ChannelCycles::LetGo(std::move(target));
}

Realm::Pending Realm::End(std::unordered_map<uint64_t, Pending>::iterator found) {
  Pending ended = std::move(found->second);
  pending_.erase(found);
  if (ended.timer.has_value()) Process::Get().timer.Cancel(*ended.timer);
  if (ended.held) Release();
  return ended;
}

void Realm::Cancel(uint64_t wait, v8::Local<v8::Value> reason) {
  const auto found = pending_.find(wait);
  // Lost: what it was given is on its way.
  if (found == pending_.end() || !found->second.wait->Cancel()) return;
  Pending ended = End(found);
  LetGoOf(&ended);
  (void)ended.promise.Get(isolate())->Reject(context(), reason).FromMaybe(false);
}

void Realm::OnNews(uint64_t wait, Mailbox::News news) {
  const auto found = pending_.find(wait);
  if (found == pending_.end()) return;
  ChargeTo(found->second.payer);
  if (news == Mailbox::News::kTimeUp) {
    if (found->second.wait->Cancel()) {
      Pending ended = End(found);
      LetGoOf(&ended);
      (void)ended.promise.Get(isolate())->Reject(context(), MakeError(ErrorCode::kTimeout)).FromMaybe(false);
    }
    return;
  }
  Pending ended = End(found);
  const v8::Local<v8::Promise::Resolver> promise = ended.promise.Get(isolate());
  if (ended.wait->outcome() == Wait::Outcome::kClosed) {
    (void)promise->Reject(context(), MakeError(ended.closed)).FromMaybe(false);
    return;
  }
  v8::TryCatch caught(isolate());
  v8::Local<v8::Value> value;
  const bool taken = ended.take(this).ToLocal(&value);
  LetGoOf(&ended);
  if (taken) {
    (void)promise->Resolve(context(), value).FromMaybe(false);
  } else if (caught.HasTerminated()) {
    // V8 would forget it here.
    isolate()->TerminateExecution();
  } else if (caught.HasCaught()) {
    (void)promise->Reject(context(), caught.Exception()).FromMaybe(false);
  }
}

void Realm::SetHeld(const void* target, bool held) {
  const auto wrapper = wrappers_.find(target);
  if (wrapper == wrappers_.end()) return;
  wrapper->second->held = held;
  for (auto& [number, pending] : pending_) {
    const bool waits_for_it = std::any_of(pending.targets.begin(), pending.targets.end(),
                                          [target](const auto& each) { return each.get() == target; });
    if (!waits_for_it || pending.held == IsAnyHeld(pending.targets)) continue;
    pending.held = !pending.held;
    pending.held ? Hold() : Release();
  }
}

v8::Local<v8::Value> Realm::MakeError(ErrorCode code, std::string_view where, std::string_view what) {
  if (make_error_.IsEmpty()) LoadClasses();
  v8::Local<v8::Value> error = v8::Undefined(isolate());
  if (make_error_.IsEmpty()) return error;
  v8::Local<v8::Value> arguments[] = {Literal(isolate(), ErrorCodeText(code)), v8::String::Empty(isolate()),
                                      v8::String::Empty(isolate())};
  v8::Local<v8::String> text;
  if (FromUtf8(isolate(), where).ToLocal(&text)) arguments[1] = text;
  if (FromUtf8(isolate(), what).ToLocal(&text)) arguments[2] = text;
  return make_error_.Get(isolate())->Call(context(), v8::Undefined(isolate()), 3, arguments).FromMaybe(error);
}

v8::MaybeLocal<v8::Value> Realm::Callable(v8::Local<v8::Object>) { return {}; }

v8::ScriptOrigin Realm::OriginOf(v8::Local<v8::String> filename, int line, int column) {
  return MakeOrigin(isolate(), filename, line, column);
}

v8::MaybeLocal<v8::Value> Realm::FindReference(uint64_t) { return {}; }

void Realm::MarkMainThread() { is_main_thread = true; }

bool Realm::OnMainThread() { return is_main_thread; }

void Realm::Throw(ErrorCode code, std::string_view where, std::string_view what) {
  isolate()->ThrowException(MakeError(code, where, what));
}

void Realm::Possess(uint64_t number, std::function<void()> give_back) {
  possessions_.insert_or_assign(number, std::move(give_back));
}

uint64_t Realm::NextPossession() {
  static std::atomic<uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

void Realm::GiveBack() {
  std::unordered_map<uint64_t, std::function<void()>> possessions;
  std::swap(possessions, possessions_);
  for (const auto& [number, give_back] : possessions) give_back();
}

void Realm::Tell(const Value& value, uint64_t bytes) {
  const auto found = wrappers_.find(&value);
  if (found != wrappers_.end()) found->second->share.Set(isolate(), static_cast<size_t>(bytes));
}

Realm::KeptElsewhere Realm::CountElsewhere() {
  KeptElsewhere kept;
  kept.other_bytes = pending_.size() * kWaitBytes;
  for (const auto& [target, wrapper] : wrappers_) {
    const SharedObject& shared = wrapper->shared;
    if (shared.kind == SharedObject::Kind::kChannel) {
      ++kept.channels;
      kept.channel_bytes += static_cast<MessageChannel*>(shared.target.get())->BytesFrom(party());
    } else if (shared.kind == SharedObject::Kind::kStore) {
      const auto* store = static_cast<const Store*>(shared.target.get());
      if (store->maker() != party()) continue;
      kept.store_bytes += store->Usage().bytes;
      kept.other_bytes += kStoreBytes;
    }
  }
  return kept;
}

void Realm::Abandon() {
  for (auto& [number, pending] : pending_) {
    if (pending.timer.has_value()) Process::Get().timer.Cancel(*pending.timer);
    pending.wait->Cancel();
    pending.wait = nullptr;
  }
  GiveBack();
  ChannelOrphans::SenderEnds(party());
}

void Realm::Leave() {
  // What the waits were given goes back to where it came from.
  for (auto& [number, pending] : pending_) {
    if (pending.timer.has_value()) Process::Get().timer.Cancel(*pending.timer);
    pending.wait->Cancel();
  }
  std::unordered_map<uint64_t, Pending> pending;
  std::swap(pending, pending_);
  for (auto& [number, ended] : pending) LetGoOf(&ended);
  pending.clear();
  // After the waits: none of this world's is to be next in line.
  GiveBack();
  ChannelOrphans::SenderEnds(party());
  std::unordered_map<const void*, Wrapper*> wrappers;
  std::swap(wrappers, wrappers_);
  for (const auto& [target, wrapper] : wrappers) {
    // A handle may outlive its realm, where Node's own teardown runs more JavaScript.
    SetInternalPointer(wrapper->handle.Get(isolate()), kWrapperField, nullptr);
    wrapper->handle.Reset();
    wrapper->share.Set(isolate(), 0);
    LetGo(std::move(wrapper->shared));
    delete wrapper;
  }
  // V8 may still call for these, perhaps when this realm is gone.
  left_ = std::make_shared<std::unordered_set<Wrapper*>>(std::exchange(dead_, {}));
  for (Wrapper* dead : *left_) {
    dead->realm = nullptr;
    dead->left = left_;
    dead->share.Set(isolate(), 0);
    LetGo(std::exchange(dead->shared, {}));
  }
  for (v8::Global<v8::Function>& each : classes_) each.Reset();
  handle_class_.Reset();
  make_error_.Reset();
  plain_.Leave();
  strings_.Leave();
  pins_.Clear();
  memory_key_.Reset();
  shapes_.reset();
}

void Realm::FreeLeft() {
  if (left_ == nullptr) return;
  const std::unordered_set<Wrapper*> left = std::exchange(*left_, {});
  for (Wrapper* const dead : left) delete dead;
}

}  // namespace isolates
