#include "engine/inspector_agent.h"

#include <cstring>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "engine/guest_heap.h"
#include "engine/inspection.h"
#include "engine/inspector_abi.h"
#include "engine/interrupts.h"
#include "engine/profiling_signal.h"
#include "value/bytes.h"

namespace isolates {

#if ISOLATES_HAS_INSPECTOR

namespace {

using v8_inspector::StringBuffer;
using v8_inspector::StringView;
using v8_inspector::V8Inspector;
using v8_inspector::V8InspectorSession;

// Every context belongs to a group; here there is one.
constexpr int kGroup = 1;

StringView View(const std::string& text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

// The message, and as a value of the host's: an array of the service's name, its function and that one's arguments.
Message CallOf(uint64_t session, StringView text) {
  ByteWriter bytes;
  const auto array = [&bytes](size_t length) {
    bytes.Byte(static_cast<uint8_t>(Tag::kArray));
    bytes.Varint(length);
    bytes.Byte(0);
  };
  const auto name = [&bytes](std::string_view value) {
    bytes.Byte(static_cast<uint8_t>(Tag::kOneByteString));
    bytes.String(value);
  };
  array(3);
  name("inspector");
  name("message");
  array(2);
  bytes.Byte(static_cast<uint8_t>(Tag::kDouble));
  bytes.Double(static_cast<double>(session));
  if (text.is_8_bit()) {
    name({reinterpret_cast<const char*>(text.characters_8()), text.length()});
  } else {
    bytes.Byte(static_cast<uint8_t>(Tag::kTwoByteString));
    bytes.Varint(text.length() * 2);
    bytes.Align(2);
    bytes.Raw(text.characters_16(), text.length() * 2);
  }
  for (int ends = 0; ends < 2; ++ends) bytes.Byte(static_cast<uint8_t>(Tag::kEnd));
  Message message;
  message.kind = Scalar::Kind::kEncoded;
  message.bytes = bytes.Release();
  return message;
}

}  // namespace

class InspectorAgent::Client final : public v8_inspector::V8InspectorClient {
 public:
  Client(const RealmLock& lock, Instruments* instruments, const std::string& name)
      : instruments_(instruments),
        isolate_(lock.isolate()),
        context_(lock.isolate(), lock.context()),
        inspector_(V8Inspector::create(lock.isolate(), this)) {
    // A session takes profiles without asking us.
    TolerateLateProfilingSignals();
    static const std::string aux_data = R"({"isDefault":true})";
    inspector_->contextCreated({lock.context(), kGroup, View(name), {}, View(aux_data), false});
  }
  ~Client() override {
    const v8::HandleScope handles(isolate_);
    inspector_->contextDestroyed(context_.Get(isolate_));
    inspector_.reset();
  }

  V8Inspector& inspector() { return *inspector_; }
  void Quit() { paused_ = false; }

  void runMessageLoopOnPause(int) override {
    if (paused_ || GuestHeap::Of(isolate_)->client()->IsOnNodeThread()) return;
    paused_ = true;
    instruments_->Suspend([this] { WaitForMessages(); });
    paused_ = false;
  }
  void runMessageLoopOnInstrumentationPause(int group) override { runMessageLoopOnPause(group); }
  void quitMessageLoopOnPause() override { paused_ = false; }

  v8::Local<v8::Context> ensureDefaultContextInGroup(int) override { return context_.Get(isolate_); }
  double currentTimeMS() override {
    return std::chrono::duration<double, std::milli>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
  std::unique_ptr<StringBuffer> resourceNameToUrl(const StringView& name) override {
    // Debuggers know files by their URLs.
    std::u16string url = u"file://";
    for (size_t i = 0; i < name.length(); ++i) {
      const char16_t unit = name.is_8_bit() ? name.characters_8()[i] : name.characters_16()[i];
      if (i == 0 && unit != u'/') return nullptr;
      url += unit;
    }
    return StringBuffer::create({reinterpret_cast<const uint16_t*>(url.data()), url.size()});
  }

  void runIfWaitingForDebugger(int) override {}
  void muteMetrics(int) override {}
  void unmuteMetrics(int) override {}
  void beginUserGesture() override {}
  void endUserGesture() override {}
  std::unique_ptr<StringBuffer> valueSubtype(v8::Local<v8::Value>) override { return nullptr; }
  std::unique_ptr<StringBuffer> descriptionForValueSubtype(v8::Local<v8::Context>, v8::Local<v8::Value>) override {
    return nullptr;
  }
  bool isInspectableHeapObject(v8::Local<v8::Object>) override { return true; }
  void beginEnsureAllContextsInGroup(int) override {}
  void endEnsureAllContextsInGroup(int) override {}
  void installAdditionalCommandLineAPI(v8::Local<v8::Context>, v8::Local<v8::Object>) override {}
  void consoleAPIMessage(int, v8::Isolate::MessageErrorLevel, const StringView&, const StringView&, unsigned, unsigned,
                         v8_inspector::V8StackTrace*) override {}
  v8::MaybeLocal<v8::Value> memoryInfo(v8::Isolate*, v8::Local<v8::Context>) override { return {}; }
  void consoleClear(int) override {}
  void startRepeatingTimer(double, TimerCallback, void*) override {}
  void cancelTimer(void*) override {}
  bool canExecuteScripts(int) override { return true; }
  void maxAsyncCallStackDepthChanged(int) override {}
  int64_t generateUniqueId() override { return 0; }
  void dispatchError(v8::Local<v8::Context>, v8::Local<v8::Message>, v8::Local<v8::Value>) override {}
#if ISOLATES_V8_AT_LEAST(12, 4)
  std::unique_ptr<v8_inspector::DeepSerializationResult> deepSerialize(v8::Local<v8::Value>, int,
                                                                       v8::Local<v8::Object>) override;
#else
  std::unique_ptr<v8_inspector::DeepSerializationResult> serializeToWebDriverValue(v8::Local<v8::Value>, int) override;
#endif
#if ISOLATES_V8_AT_LEAST(14, 6)
  void consoleAPIMessage(int, int, v8::Isolate::MessageErrorLevel, const StringView&, const StringView&, unsigned,
                         unsigned, v8_inspector::V8StackTrace*) override {}
#endif
#if ISOLATES_V8_AT_LEAST(13, 6)
  void consoleTime(v8::Isolate*, v8::Local<v8::String>) override {}
  void consoleTimeEnd(v8::Isolate*, v8::Local<v8::String>) override {}
  void consoleTimeStamp(v8::Isolate*, v8::Local<v8::String>) override {}
  void consoleTimeStampWithArgs(v8::Isolate*, v8::Local<v8::String>, const v8::LocalVector<v8::Value>&) override {}
#else
  void consoleTime(const StringView&) override {}
  void consoleTimeEnd(const StringView&) override {}
  void consoleTimeStamp(const StringView&) override {}
#endif

 private:
  void WaitForMessages() {
    const Instruments::Host& host = instruments_->host();
    while (paused_) {
      const std::shared_ptr<Event> added = host.inspections->Added();
      const Interrupts::Sleep sleep(host.interrupts, [added] { added->Set(); });
      added->WaitUntil(kNever);
      if (host.interrupts->Pending()) return;
      host.perform();
    }
  }

  Instruments* const instruments_;
  v8::Isolate* const isolate_;
  const v8::Global<v8::Context> context_;
  std::unique_ptr<V8Inspector> inspector_;
  bool paused_ = false;
};

}  // namespace isolates

namespace v8_inspector {

// Never made here: what is needed of it is that it can be none.
class DeepSerializationResult {};

}  // namespace v8_inspector

namespace isolates {

#if ISOLATES_V8_AT_LEAST(12, 4)
std::unique_ptr<v8_inspector::DeepSerializationResult> InspectorAgent::Client::deepSerialize(v8::Local<v8::Value>, int,
                                                                                             v8::Local<v8::Object>) {
  return nullptr;
}
#else
std::unique_ptr<v8_inspector::DeepSerializationResult> InspectorAgent::Client::serializeToWebDriverValue(
    v8::Local<v8::Value>, int) {
  return nullptr;
}
#endif

class InspectorAgent::Session final : public V8Inspector::Channel {
 public:
  Session(V8Inspector* inspector, uint64_t number, std::shared_ptr<Sink> sink, uint64_t isolate_id)
      : number_(number),
        isolate_id_(isolate_id),
        sink_(std::move(sink)),
        session_(
            inspector->connect(kGroup, this, {}, V8Inspector::kFullyTrusted, V8Inspector::kNotWaitingForDebugger)) {}

  void Dispatch(v8::Isolate* isolate, const std::string& message) {
    ++depth_;
    DispatchText(isolate, message);
    --depth_;
  }

  // Pauses nothing any more, and is told nothing. False while a message of its is being dispatched: it must not go yet.
  bool End(v8::Isolate* isolate) {
    ended_ = true;
    if (depth_ == 0) return true;
    Dispatch(isolate, R"({"id":0,"method":"Debugger.disable"})");
    return false;
  }
  bool ended() const { return ended_; }
  bool MayGo() const { return ended_ && depth_ == 0; }

  void sendResponse(int, std::unique_ptr<StringBuffer> message) override { Send(*message); }
  void sendNotification(std::unique_ptr<StringBuffer> message) override { Send(*message); }
  void flushProtocolNotifications() override {}

 private:
  void DispatchText(v8::Isolate* isolate, const std::string& message) {
    bool is_ascii = true;
    for (const char c : message) is_ascii = is_ascii && static_cast<unsigned char>(c) < 0x80;
    if (is_ascii) {
      session_->dispatchProtocolMessage(View(message));
      return;
    }
    v8::Local<v8::String> text;
    if (!FromUtf8(isolate, message).ToLocal(&text)) return;
    std::vector<uint16_t> units(static_cast<size_t>(text->Length()));
    WriteTwoByte(isolate, text, units.data(), text->Length());
    session_->dispatchProtocolMessage({units.data(), units.size()});
  }

  void Send(const StringBuffer& message) {
    if (ended_) return;
    // Calls count from 1: nobody waits for an answer to this one.
    sink_->OnHostCall({isolate_id_, 0, HostCall::kService, false, -1, CallOf(number_, message.string())});
  }

  const uint64_t number_;
  const uint64_t isolate_id_;
  const std::shared_ptr<Sink> sink_;
  int depth_ = 0;  // messages in each other, when one pauses the guest
  bool ended_ = false;
  // The last: it may have something to tell as soon as it is there, and until it is gone.
  const std::unique_ptr<V8InspectorSession> session_;
};

bool InspectorAgent::IsAvailable() {
  // What it was built for is what it runs on: that is a part of each Node's ABI. All the same.
  const std::string built = std::to_string(V8_MAJOR_VERSION) + "." + std::to_string(V8_MINOR_VERSION) + ".";
  return std::strncmp(v8::V8::GetVersion(), built.c_str(), built.size()) == 0;
}

InspectorAgent::InspectorAgent(const RealmLock& lock, Instruments* instruments, std::string name)
    : instruments_(instruments), client_(std::make_unique<Client>(lock, instruments, name)) {}

InspectorAgent::~InspectorAgent() = default;

void InspectorAgent::Connect(uint64_t session, std::shared_ptr<Sink> sink, uint64_t isolate_id) {
  sessions_.emplace(session, std::make_unique<Session>(&client_->inspector(), session, std::move(sink), isolate_id));
}

void InspectorAgent::Dispatch(const RealmLock& lock, uint64_t session, const std::string& message) {
  const auto found = sessions_.find(session);
  if (found == sessions_.end()) return;
  v8::Isolate* isolate = lock.isolate();
  Interrupts* const interrupts = instruments_->host().interrupts;
  // What it evaluates can be stopped, and is a turn of its own where nothing else runs.
  const bool is_turn = interrupts->Innermost() == 0;
  Interrupts::Execution execution(interrupts, Interrupts::NextNobodys());
  bool terminated = false;
  if (!execution.dead_on_arrival()) {
    v8::TryCatch caught(isolate);
    found->second->Dispatch(isolate, message);
    if (is_turn) isolate->PerformMicrotaskCheckpoint();
    terminated = caught.HasTerminated() || isolate->IsExecutionTerminating();
  }
  execution.Finish(isolate, terminated);
  // It may have been disconnected in the midst of that.
  if (found->second->MayGo()) sessions_.erase(found);
}

void InspectorAgent::Disconnect(const RealmLock& lock, uint64_t session) {
  const auto found = sessions_.find(session);
  if (found == sessions_.end()) return;
  if (found->second->End(lock.isolate())) sessions_.erase(found);
  for (const auto& [number, other] : sessions_) {
    if (!other->ended()) return;
  }
  // Nobody is left who could have the guest go on.
  client_->Quit();
}

#else

class InspectorAgent::Client {};
class InspectorAgent::Session {};

bool InspectorAgent::IsAvailable() { return false; }
InspectorAgent::InspectorAgent(const RealmLock&, Instruments* instruments, std::string) : instruments_(instruments) {}
InspectorAgent::~InspectorAgent() = default;
void InspectorAgent::Connect(uint64_t, std::shared_ptr<Sink>, uint64_t) {}
void InspectorAgent::Dispatch(const RealmLock&, uint64_t, const std::string&) {}
void InspectorAgent::Disconnect(const RealmLock&, uint64_t) {}

#endif

}  // namespace isolates
