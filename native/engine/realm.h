#ifndef ISOLATES_ENGINE_REALM_H_
#define ISOLATES_ENGINE_REALM_H_

#include <v8.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error_codes.h"
#include "engine/buffer_allocator.h"
#include "engine/external_share.h"
#include "engine/pinned_values.h"
#include "engine/plain_codec.h"
#include "engine/shape_cache.h"
#include "engine/shared_object.h"
#include "engine/value_string.h"
#include "sync/deadline_timer.h"
#include "sync/wait.h"
#include "value/value.h"

namespace isolates {

// Where other threads leave word for a realm.
//
// Threads: any; must not block.
class Mailbox {
 public:
  // Callbacks of timers come due in guests only, and concern no wait.
  enum class News : uint8_t { kSettled, kTimeUp, kCallbacksDue };

  // Has Realm::OnNews called in the realm. Dropped when the realm is gone.
  virtual void PostNews(uint64_t wait, News news) = 0;

 protected:
  ~Mailbox() = default;
};

// A wait whose party is a promise of a realm.
template <class Base>
class Asynchronous;

class GuestRemote;
class HostCalls;
class Interrupts;

// What a realm has beyond others that is a guest: the way between it and its host.
//
// Threads: the one that has the world's turn.
class Hosted {
 public:
  virtual GuestRemote& remote() = 0;
  virtual HostCalls* host_calls() = 0;
  // What stops the guest, where that keeps account of its CPU time; null elsewhere.
  virtual Interrupts* interrupts() { return nullptr; }
  // As HostCalls::Sleep.
  virtual bool SleepUntilTold(const std::function<bool(TimePoint until)>& wait_until,
                              const std::function<void()>& give_up) = 0;
  // The host has been at work on this thread, and may have ended more than its own part.
  virtual void OnBackFromHost() {}

 protected:
  ~Hosted() = default;
};

// One JavaScript world that takes part in sharing, a guest or a Node environment: the objects in it that stand for
// shared ones, and its promises that wait for what others do.
//
// Threads: the one that has the world's turn (for a guest, its lock).
// Owns: a share of every shared object that has a handle here; its pending waits; what it possesses.
// Lifetime: ends with its world; Leave() under the lock before that.
class Realm {
 public:
  // Turns what a wait was given into its promise's value; empty with an exception pending when that cannot be done.
  using Take = std::function<v8::MaybeLocal<v8::Value>(Realm* realm)>;

  virtual v8::Isolate* isolate() const = 0;
  virtual v8::Local<v8::Context> context() const = 0;
  virtual BufferAllocator* allocator() const = 0;
  // It has gone over the limit of its memory. Native code that goes on allocating then has to look, or V8 gives up.
  virtual bool IsFull() const { return false; }
  // Null where nobody hosts it.
  virtual Hosted* hosted() { return nullptr; }
  // What V8 is told of a script from the host.
  virtual v8::ScriptOrigin OriginOf(v8::Local<v8::String> filename, int line, int column);
  // What items from here are marked with; not 0, and nobody else's.
  virtual uint64_t party() const = 0;

  // The classes in JavaScript, by kind, and the function that makes errors of a code.
  void Register(const std::vector<v8::Local<v8::Function>>& classes, v8::Local<v8::Function> make_error);
  PlainCodec& plain() { return plain_; }
  SharedStrings& strings() { return strings_; }
  PinnedValues& pins() { return pins_; }
  // Has the codec registered, if that has not happened yet.
  virtual void LoadPlain() = 0;
  // How to take records apart and to make them; registered with the classes.
  void UseShapes(std::unique_ptr<ShapeCache> shapes) { shapes_ = std::move(shapes); }
  // Null with an exception pending when they cannot be loaded.
  ShapeCache* shapes();
  // The class that those derive from: its objects are handles.
  v8::Local<v8::Function> HandleClass();

  // The one object of this realm that stands for the shared one.
  v8::MaybeLocal<v8::Object> Wrap(const SharedObject& shared);
  // The function that stands before the handle of a HostFunction; empty where there are none.
  virtual v8::MaybeLocal<v8::Value> Callable(v8::Local<v8::Object> handle);
  // A value that is kept for the host, by its number; empty with nothing pending when there is none.
  virtual v8::MaybeLocal<v8::Value> FindReference(uint64_t number);
  // Ties a handle that was made by JavaScript to what it stands for.
  void Attach(v8::Local<v8::Object> handle, SharedObject shared);
  // The one object that stands for the shared one: `handle`, which was made by JavaScript, unless there is one already.
  v8::Local<v8::Object> WrapAs(v8::Local<v8::Object> handle, SharedObject shared);
  // Ties an object that was decoded from a value, and can never differ from it, to that value.
  void Remember(v8::Local<v8::Object> object, const Value& value);
  // Finds the value again, of a string that uses the characters of one too. Null when there is none.
  std::shared_ptr<Value> Recall(v8::Local<v8::Value> value);
  // The value in this realm: the object that was made of it before, while anybody has it.
  v8::MaybeLocal<v8::Value> Unpack(const std::shared_ptr<Value>& value);
  // Null for what is no handle, or none that is attached.
  static const SharedObject* Unwrap(v8::Local<v8::Value> value);
  // Of a handle that is attached.
  static ExternalShare* ShareOf(v8::Local<v8::Value> handle);

  // What a promise waits for, and how.
  struct Waiting {
    std::vector<std::shared_ptr<void>> targets;
    double timeout = 0;  // milliseconds; 0 for none
    ErrorCode closed = ErrorCode::kChannelClosed;
  };
  // A promise for the end of a wait that has begun. While it waits the realm is kept alive, unless none of the shared
  // objects it waits for is held.
  template <class Base>
  v8::Local<v8::Promise> Promise(const std::shared_ptr<Asynchronous<Base>>& wait, Waiting waiting, Take take) {
    return Promise(wait->number(), wait, std::move(waiting), std::move(take));
  }
  // What this world must not take along when it ends: `give_back` is called then, unless Yield was called before. The
  // number is nobody else's in the process.
  void Possess(uint64_t number, std::function<void()> give_back);
  // False when it was not possessed.
  bool Yield(uint64_t number) { return possessions_.erase(number) != 0; }
  static uint64_t NextPossession();
  // The wait that began last.
  uint64_t last_wait() const { return last_wait_; }
  // Gives a wait up; its promise is rejected with the reason. Nothing happens to one that has ended.
  void Cancel(uint64_t wait, v8::Local<v8::Value> reason);
  void OnNews(uint64_t wait, Mailbox::News news);
  // A number for a wait that is about to begin.
  uint64_t NextWait() { return ++last_wait_; }
  virtual std::shared_ptr<Mailbox> mailbox() = 0;
  // Whether waits for this object keep the realm alive.
  void SetHeld(const void* target, bool held);

  enum class Blocked : uint8_t {
    kSettled,
    kTimeUp,
    kStopped,  // the world is being stopped: V8 ends what called as soon as it is back in JavaScript
  };
  // Blocks the thread until the wait settles.
  template <class Base>
  Blocked Block(const std::shared_ptr<Blocking<Base>>& wait, TimePoint deadline) {
    const bool goes_on =
        Park([wait](TimePoint until) { return wait->WaitUntil(until); }, [wait] { wait->GiveUp(); }, deadline);
    if (!goes_on) {
      // What it was given at the same time nobody would ever see: it goes back with the wait.
      wait->GiveUp();
      return Blocked::kStopped;
    }
    const bool settled = wait->Await(kImmediately) && wait->outcome() != Wait::Outcome::kCancelled;
    return settled ? Blocked::kSettled : Blocked::kTimeUp;
  }
  // The main thread of Node must not wait for ever: nobody could end it.
  virtual bool MayBlock(TimePoint deadline) const = 0;

  // This buffer was made elsewhere and is here now.
  virtual void OnForeignStore(const std::shared_ptr<v8::BackingStore>&) {}
  // What others keep for this realm, as far as it has handles of it.
  struct KeptElsewhere {
    size_t channels = 0;       // that it has handles of
    size_t channel_bytes = 0;  // of items it has sent that nobody has received
    size_t store_bytes = 0;    // of stores that it made
    size_t other_bytes = 0;    // what stores and waits take themselves

    size_t bytes() const { return channel_bytes + store_bytes + other_bytes; }
  };
  KeptElsewhere CountElsewhere();

  // A value was made here that may outlive all that the heap knows of. Where that is too much the realm is told to end.
  virtual void OnMade(const Value&) {}
  // V8 is told what the object that was made of this value keeps outside of the heap.
  void Tell(const Value& value, uint64_t bytes);

  // After a native function: V8 forgets a termination that a v8::TryCatch has seen, and the guest would go on.
  virtual void EndIfTold() = 0;

  // Set once, by the thread that Node's main environment runs on.
  static void MarkMainThread();
  static bool OnMainThread();

  // Throws the error that lib/shared/failure.ts makes of a code; for a value that cannot be shared, of where and what.
  void Throw(ErrorCode code, std::string_view where = {}, std::string_view what = {});

  // Whose code waits, and whose account it is on when the wait is over; 0 for nobody's.
  virtual uint64_t Payer() { return 0; }
  virtual void ChargeTo(uint64_t) {}

  // Bytes that one value may take on its way out.
  virtual size_t most_message() const { return SIZE_MAX; }

 protected:
  ~Realm() = default;

  // Gives everything up, under the lock.
  void Leave();
  // After that, when the isolate is gone: V8 drops what it was about to call for.
  void FreeLeft();
  // Gives up what others wait for, on a thread that stands still in the midst of V8: what belongs to V8 stays.
  void Abandon();

  // A wait began or ended that keeps the realm alive.
  virtual void Hold() = 0;
  virtual void Release() = 0;
  // Has Register called, if that has not happened yet.
  virtual void LoadClasses() = 0;
  // Waits by `wait_until`, which says whether it is over; `give_up` ends that when the world is being stopped. False
  // then.
  virtual bool Park(const std::function<bool(TimePoint until)>& wait_until, const std::function<void()>& give_up,
                    TimePoint deadline) = 0;

 private:
  // What a handle has on the native side. Goes with the handle, or with the realm.
  struct Wrapper {
    Realm* realm;
    SharedObject shared;
    v8::Global<v8::Object> handle;
    bool held = true;
    ExternalShare share{};
    // Where it stands once its realm is left.
    std::shared_ptr<std::unordered_set<Wrapper*>> left{};
  };
  struct Pending {
    v8::Global<v8::Promise::Resolver> promise;
    std::shared_ptr<Wait> wait;
    Take take;
    ErrorCode closed;  // what it means when the wait ends with kClosed
    std::vector<std::shared_ptr<void>> targets;
    std::optional<DeadlineTimer::Key> timer;
    bool held;
    uint64_t payer;
  };

  v8::Local<v8::Promise> Promise(uint64_t number, std::shared_ptr<Wait> wait, Waiting waiting, Take take);
  // Whether one of these objects is held; what has no handle any more is.
  bool IsAnyHeld(const std::vector<std::shared_ptr<void>>& targets) const;
  // The end of a wait whose targets may have no other reference but those from each other.
  void LetGoOf(Pending* ended);
  void GiveBack();
  void Remember(v8::Local<v8::Object> object, std::shared_ptr<Value> value);
  v8::Local<v8::Private> MemoryKey();
  static void Construct(const v8::FunctionCallbackInfo<v8::Value>& info);
  v8::Local<v8::Value> MakeError(ErrorCode code, std::string_view where = {}, std::string_view what = {});
  // Takes a wait out of those that are pending.
  Pending End(std::unordered_map<uint64_t, Pending>::iterator found);

  v8::Global<v8::Function> handle_class_;
  std::array<v8::Global<v8::Function>, SharedObject::kKinds> classes_;
  v8::Global<v8::Function> make_error_;
  std::unique_ptr<ShapeCache> shapes_;
  v8::Global<v8::Private> memory_key_;  // while nothing was remembered here: none
  std::unordered_map<const void*, Wrapper*> wrappers_;
  std::unordered_set<Wrapper*> dead_;                   // their handles are collected; V8 is about to call for the rest
  std::shared_ptr<std::unordered_set<Wrapper*>> left_;  // those of them for which it had not called by the end
  const SharedObject* wrapping_ = nullptr;
  std::unordered_map<uint64_t, Pending> pending_;
  PlainCodec plain_{this};
  SharedStrings strings_;
  PinnedValues pins_;
  std::unordered_map<uint64_t, std::function<void()>> possessions_;
  uint64_t last_wait_ = 0;
};

template <class Base>
class Asynchronous final : public Base {
 public:
  template <class... Args>
  explicit Asynchronous(Realm* realm, Args&&... args)
      : Base(std::forward<Args>(args)...), mailbox_(realm->mailbox()), number_(realm->NextWait()) {}

  uint64_t number() const { return number_; }

 private:
  void Settled() override {
    if (const std::shared_ptr<Mailbox> box = mailbox_.lock()) box->PostNews(number_, Mailbox::News::kSettled);
  }

  const std::weak_ptr<Mailbox> mailbox_;
  const uint64_t number_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_REALM_H_
