#include "binding/environment.h"
#include "engine/node_platform.h"

// An environment that is the guest of another.
namespace isolates {

bool Environment::BecomeGuest(std::shared_ptr<NodeControl> control) {
  node_environment_ = NodePlatform::EnvironmentOf(context());
  guest_ = std::make_unique<NodeGuest>(this, control);
  return control->Attach(shared_from_this());
}

void Environment::EndFromOutside() { NodePlatform::Stop(node_environment_); }

v8::ScriptOrigin Environment::OriginOf(v8::Local<v8::String> filename, int line, int column) {
  return guest_ == nullptr ? Realm::OriginOf(filename, line, column) : guest_->OriginOf(filename, line, column);
}

v8::MaybeLocal<v8::Value> Environment::Callable(v8::Local<v8::Object> handle) {
  return guest_ == nullptr ? Realm::Callable(handle) : guest_->remote().Callable(handle);
}

v8::MaybeLocal<v8::Value> Environment::FindReference(uint64_t number) {
  return guest_ == nullptr ? Realm::FindReference(number) : guest_->remote().Find(number);
}

}  // namespace isolates
