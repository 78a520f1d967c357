#ifndef ISOLATES_ENGINE_INSPECTOR_ABI_H_
#define ISOLATES_ENGINE_INSPECTOR_ABI_H_

#include <v8.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/v8_compat.h"

// The interface of V8's inspector, whose header Node does not install though it exports what is behind it. Declared is
// what is used, at its place in each class: the order of virtual functions is the interface. It differs by version of
// V8, so those that were looked at are named, and on others there is no inspector.
#if (V8_MAJOR_VERSION == 11 && V8_MINOR_VERSION == 3) || (V8_MAJOR_VERSION == 12 && V8_MINOR_VERSION == 4) || \
    (V8_MAJOR_VERSION == 13 && V8_MINOR_VERSION == 6) || (V8_MAJOR_VERSION == 14 && V8_MINOR_VERSION == 6)
#define ISOLATES_HAS_INSPECTOR 1
#else
#define ISOLATES_HAS_INSPECTOR 0
#endif

namespace v8_inspector {

class StringView {
 public:
  StringView() : is_8_bit_(true), length_(0), characters_(nullptr) {}
  StringView(const uint8_t* characters, size_t length) : is_8_bit_(true), length_(length), characters_(characters) {}
  StringView(const uint16_t* characters, size_t length) : is_8_bit_(false), length_(length), characters_(characters) {}

  bool is_8_bit() const { return is_8_bit_; }
  size_t length() const { return length_; }
  const uint8_t* characters_8() const { return static_cast<const uint8_t*>(characters_); }
  const uint16_t* characters_16() const { return static_cast<const uint16_t*>(characters_); }

 private:
  bool is_8_bit_;
  size_t length_;
  const void* characters_;
};

class V8_EXPORT StringBuffer {
 public:
  virtual ~StringBuffer() = default;
  virtual StringView string() const = 0;
  static std::unique_ptr<StringBuffer> create(StringView text);
};

struct V8ContextInfo {
  v8::Local<v8::Context> context;
  int group;
  StringView name;
  StringView origin{};
  StringView aux_data{};
  bool has_memory_on_console = false;
};

class V8StackTrace;
class DeepSerializationResult;

class V8InspectorSession {
 public:
  virtual ~V8InspectorSession() = default;
  virtual void add_inspected_object() = 0;  // not to be called
  virtual void dispatchProtocolMessage(StringView message) = 0;
};

// Called by V8. All of it has to be there, with results of these types.
class V8InspectorClient {
 public:
  using TimerCallback = void (*)(void*);

  virtual ~V8InspectorClient() = default;
  virtual void runMessageLoopOnPause(int group) = 0;
  virtual void runMessageLoopOnInstrumentationPause(int group) = 0;
  virtual void quitMessageLoopOnPause() = 0;
  virtual void runIfWaitingForDebugger(int group) = 0;
  virtual void muteMetrics(int group) = 0;
  virtual void unmuteMetrics(int group) = 0;
  virtual void beginUserGesture() = 0;
  virtual void endUserGesture() = 0;
#if ISOLATES_V8_AT_LEAST(12, 4)
  virtual std::unique_ptr<DeepSerializationResult> deepSerialize(v8::Local<v8::Value> value, int depth,
                                                                 v8::Local<v8::Object> parameters) = 0;
#else
  virtual std::unique_ptr<DeepSerializationResult> serializeToWebDriverValue(v8::Local<v8::Value> value, int depth) = 0;
#endif
  virtual std::unique_ptr<StringBuffer> valueSubtype(v8::Local<v8::Value> value) = 0;
  virtual std::unique_ptr<StringBuffer> descriptionForValueSubtype(v8::Local<v8::Context> context,
                                                                   v8::Local<v8::Value> value) = 0;
  virtual bool isInspectableHeapObject(v8::Local<v8::Object> object) = 0;
  virtual v8::Local<v8::Context> ensureDefaultContextInGroup(int group) = 0;
  virtual void beginEnsureAllContextsInGroup(int group) = 0;
  virtual void endEnsureAllContextsInGroup(int group) = 0;
  virtual void installAdditionalCommandLineAPI(v8::Local<v8::Context> context, v8::Local<v8::Object> api) = 0;
  virtual void consoleAPIMessage(int group, v8::Isolate::MessageErrorLevel level, const StringView& message,
                                 const StringView& url, unsigned line, unsigned column, V8StackTrace* stack) = 0;
#if ISOLATES_V8_AT_LEAST(14, 6)
  virtual void consoleAPIMessage(int group, int context, v8::Isolate::MessageErrorLevel level,
                                 const StringView& message, const StringView& url, unsigned line, unsigned column,
                                 V8StackTrace* stack) = 0;
#endif
  virtual v8::MaybeLocal<v8::Value> memoryInfo(v8::Isolate* isolate, v8::Local<v8::Context> context) = 0;
#if ISOLATES_V8_AT_LEAST(13, 6)
  virtual void consoleTime(v8::Isolate* isolate, v8::Local<v8::String> label) = 0;
  virtual void consoleTimeEnd(v8::Isolate* isolate, v8::Local<v8::String> label) = 0;
  virtual void consoleTimeStamp(v8::Isolate* isolate, v8::Local<v8::String> label) = 0;
  virtual void consoleTimeStampWithArgs(v8::Isolate* isolate, v8::Local<v8::String> label,
                                        const v8::LocalVector<v8::Value>& arguments) = 0;
#else
  virtual void consoleTime(const StringView& title) = 0;
  virtual void consoleTimeEnd(const StringView& title) = 0;
  virtual void consoleTimeStamp(const StringView& title) = 0;
#endif
  virtual void consoleClear(int group) = 0;
  virtual double currentTimeMS() = 0;
  virtual void startRepeatingTimer(double seconds, TimerCallback callback, void* data) = 0;
  virtual void cancelTimer(void* data) = 0;
  virtual bool canExecuteScripts(int group) = 0;
  virtual void maxAsyncCallStackDepthChanged(int depth) = 0;
  virtual std::unique_ptr<StringBuffer> resourceNameToUrl(const StringView& name) = 0;
  virtual int64_t generateUniqueId() = 0;
  virtual void dispatchError(v8::Local<v8::Context> context, v8::Local<v8::Message> message,
                             v8::Local<v8::Value> exception) = 0;
};

class V8_EXPORT V8Inspector {
 public:
  enum ClientTrustLevel { kUntrusted, kFullyTrusted };
  enum SessionPauseState { kWaitingForDebugger, kNotWaitingForDebugger };

  class Channel {
   public:
    virtual ~Channel() = default;
    virtual void sendResponse(int call, std::unique_ptr<StringBuffer> message) = 0;
    virtual void sendNotification(std::unique_ptr<StringBuffer> message) = 0;
    virtual void flushProtocolNotifications() = 0;
  };

  static std::unique_ptr<V8Inspector> create(v8::Isolate* isolate, V8InspectorClient* client);

  virtual ~V8Inspector() = default;
  virtual void contextCreated(const V8ContextInfo& info) = 0;
  virtual void contextDestroyed(v8::Local<v8::Context> context) = 0;

  // Not to be called.
  virtual void reset_context_group() = 0;
  virtual void context_by_id() = 0;
  virtual void unique_debugger_id() = 0;
#if ISOLATES_V8_AT_LEAST(13, 6)
  virtual void isolate_id() = 0;
#endif
  virtual void idle_started() = 0;
  virtual void idle_finished() = 0;
  virtual void async_task_scheduled() = 0;
  virtual void async_task_canceled() = 0;
  virtual void async_task_started() = 0;
  virtual void async_task_finished() = 0;
  virtual void all_async_tasks_canceled() = 0;
  virtual void store_current_stack_trace() = 0;
  virtual void external_async_task_started() = 0;
  virtual void external_async_task_finished() = 0;
  virtual void exception_thrown() = 0;
  virtual void exception_revoked() = 0;
  virtual void associate_exception_data() = 0;

  virtual std::unique_ptr<V8InspectorSession> connect(int group, Channel* channel, StringView state,
                                                      ClientTrustLevel trust, SessionPauseState pause) = 0;
};

}  // namespace v8_inspector

#endif  // ISOLATES_ENGINE_INSPECTOR_ABI_H_
