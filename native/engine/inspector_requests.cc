#include "engine/inspector_requests.h"

#include "engine/inspector_agent.h"
#include "engine/instruments.h"

namespace isolates {

namespace {

Outcome Done() {
  Outcome outcome;
  outcome.ok = true;
  return outcome;
}

}  // namespace

Outcome ConnectInspector::Perform(const RealmLock& lock, Instruments* instruments) {
  std::unique_ptr<InspectorAgent>& agent = instruments->inspector();
  if (agent == nullptr) agent = std::make_unique<InspectorAgent>(lock, instruments, name_);
  agent->Connect(session_, sink_, isolate_id_);
  return Done();
}

Outcome DispatchToInspector::Perform(const RealmLock& lock, Instruments* instruments) {
  if (instruments->inspector() != nullptr) instruments->inspector()->Dispatch(lock, session_, message_);
  return Done();
}

Outcome DisconnectInspector::Perform(const RealmLock& lock, Instruments* instruments) {
  if (instruments->inspector() != nullptr) instruments->inspector()->Disconnect(lock, session_);
  return Done();
}

}  // namespace isolates
