#ifndef ISOLATES_ENGINE_WAIT_NATIVES_H_
#define ISOLATES_ENGINE_WAIT_NATIVES_H_

#include <v8.h>

#include <initializer_list>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/error_codes.h"
#include "engine/native_function.h"
#include "engine/realm.h"
#include "sync/wait.h"

// What the functions of everything that can be waited for have in common.
namespace isolates {

// Null with an exception pending for what is no handle of that kind: `this` of a method may be anything.
//
// Borrowed from the handle, which the caller has in its arguments: a count that many threads change costs more than
// most of what is done with it.
template <class Target>
Target* BorrowAt(const Arguments& arguments, int index, SharedObject::Kind kind, const char* message) {
  const SharedObject* shared = Realm::Unwrap(arguments[index]);
  if (shared == nullptr || shared->kind != kind) {
    v8::Isolate* isolate = arguments.GetIsolate();
    isolate->ThrowException(v8::Exception::TypeError(Literal(isolate, message)));
    return nullptr;
  }
  return static_cast<Target*>(shared->target.get());
}

// A share of it.
template <class Target>
std::shared_ptr<Target> TargetAt(const Arguments& arguments, int index, SharedObject::Kind kind, const char* message) {
  Target* target = BorrowAt<Target>(arguments, index, kind, message);
  return target == nullptr ? nullptr : target->shared_from_this();
}

// Of a timeout in milliseconds, 0 for none.
inline TimePoint DeadlineAt(const Arguments& arguments, int index) {
  const double timeout = NumberAt(arguments, index);
  return timeout > 0 ? DeadlineAfter(Clock::now(), timeout) : kNever;
}

// Blocks until a wait that has begun has ended well. False with an exception pending, or when the world is being
// stopped. `closed` is what it means that the wait ended with kClosed.
template <class Base>
bool BlockUntilDone(Realm* realm, const std::shared_ptr<Blocking<Base>>& wait, TimePoint deadline, ErrorCode closed) {
  if (realm->MayBlock(deadline)) {
    const Realm::Blocked blocked = realm->Block(wait, deadline);
    if (blocked == Realm::Blocked::kTimeUp) realm->Throw(ErrorCode::kTimeout);
    if (blocked != Realm::Blocked::kSettled) return false;
  } else if (wait->Cancel()) {
    realm->Throw(ErrorCode::kWouldBlock);
    return false;
  } else {
    // It came in the last moment.
    (void)wait->Await(kNever);
  }
  if (wait->outcome() != Wait::Outcome::kClosed) return true;
  realm->Throw(closed);
  return false;
}

inline v8::Local<v8::Value> NumbersToArray(Realm* realm, std::initializer_list<double> numbers) {
  std::vector<v8::Local<v8::Value>> elements;
  for (const double number : numbers) elements.push_back(v8::Number::New(realm->isolate(), number));
  return v8::Array::New(realm->isolate(), elements.data(), elements.size());
}

}  // namespace isolates

#endif  // ISOLATES_ENGINE_WAIT_NATIVES_H_
