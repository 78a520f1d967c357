#ifndef ISOLATES_ENGINE_INSPECTOR_AGENT_H_
#define ISOLATES_ENGINE_INSPECTOR_AGENT_H_

#include <v8.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "engine/instruments.h"
#include "engine/outcome.h"
#include "engine/realm_lock.h"

namespace isolates {

// V8's inspector of one isolate, which speaks the Chrome DevTools protocol with any number of sessions.
//
// At a breakpoint V8 calls back in the midst of the guest. Its thread then waits here for what the sessions say, until
// one of them has it go on or the guest is told to end. On a thread of Node's, which may be the very one that those
// sessions need, nothing pauses.
//
// Threads: the one that holds the isolate's lock.
// Owns: the sessions.
// Lifetime: goes under that lock, before the context does.
class InspectorAgent {
 public:
  // Whether this V8 is one whose inspector is known.
  static bool IsAvailable();

  InspectorAgent(const RealmLock& lock, Instruments* instruments, std::string name);
  ~InspectorAgent();
  InspectorAgent(const InspectorAgent&) = delete;
  InspectorAgent& operator=(const InspectorAgent&) = delete;

  // What a session is told goes to that sink as calls of the service `inspector` (lib/inspect/session.ts), which nobody
  // answers.
  void Connect(uint64_t session, std::shared_ptr<Sink> sink, uint64_t isolate_id);
  // Text of the protocol, UTF-8.
  void Dispatch(const RealmLock& lock, uint64_t session, const std::string& message);
  void Disconnect(const RealmLock& lock, uint64_t session);

 private:
  class Client;
  class Session;

  Instruments* const instruments_;
  std::unique_ptr<Client> client_;
  std::map<uint64_t, std::unique_ptr<Session>> sessions_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_INSPECTOR_AGENT_H_
