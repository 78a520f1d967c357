#ifndef ISOLATES_ENGINE_REALM_LOCK_H_
#define ISOLATES_ENGINE_REALM_LOCK_H_

#include <v8.h>

#include "engine/realm.h"

namespace isolates {

// Stack-only witness that this thread may run code in a realm: its isolate and context are entered, and there is a
// v8::HandleScope.
class RealmLock {
 public:
  RealmLock(const RealmLock&) = delete;
  RealmLock& operator=(const RealmLock&) = delete;

  Realm& realm() const { return *realm_; }
  v8::Isolate* isolate() const { return realm_->isolate(); }
  v8::Local<v8::Context> context() const { return context_; }

 protected:
  explicit RealmLock(Realm* realm) : realm_(realm) {}
  ~RealmLock() = default;

  Realm* const realm_;
  v8::Local<v8::Context> context_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_REALM_LOCK_H_
