#ifndef ISOLATES_ENGINE_LAST_RESORT_H_
#define ISOLATES_ENGINE_LAST_RESORT_H_

#include <v8.h>

#include <cstdint>

namespace isolates {

// What is left to do when V8 meets an error that it never returns from: an array of more elements than it can have, no
// memory in the midst of something that must not fail. V8 then ends the process. Here the thread leaves V8 instead, by
// longjmp over V8's frames and the guest's: the isolate is lost, with its memory, and whoever called it goes on.
//
// That is sound because nobody ever enters a lost isolate again, and what other threads do for it (marking, compiling)
// works on its heap, which stays. In the midst of a collection those threads also work on what stands on this very
// stack: a pool thread then stands still for ever, and a thread of Node's lets the process end.
//
// Threads: any; each has its own containments, which nest as guests and hosts call each other.
class LastResort {
 public:
  enum class Thread : uint8_t { kPool, kNodes };
  class Client {
   public:
    // Null until it is made: this thread does nothing else meanwhile.
    virtual v8::Isolate* ContainedIsolate() const = 0;
    virtual bool IsCollecting() const = 0;
    // On the thread that stands still afterwards, in the midst of V8: must not call it.
    virtual void OnStandStill() = 0;

   protected:
    ~Client() = default;
  };

  // Calls `body`, in which this thread enters the client's isolate. False when it had to be left: nothing in it was
  // destroyed then, and V8 must never be told of the isolate again.
  template <class Body>
  static bool Contain(Client* client, Thread thread, Body body) {
    return Run(
        client, thread, [](void* data) { (*static_cast<Body*>(data))(); }, &body);
  }

  // For native code below a guest that was lost meanwhile, in a containment inside of this one: goes to where the
  // guest was entered from.
  [[noreturn]] static void Leave(Client* client);

  // Once per process. From V8 13 on, an error that may mean damaged memory ends the process all the same; earlier
  // versions do not tell which error it is.
  static void Install();

  // To be called by what V8 calls on its way to the end of the process. Returns where nothing is contained.
  static void OnFatalError();

  // Whether any isolate of the process was lost: V8 cannot be torn down then.
  static bool HasLost();

 private:
  static bool Run(Client* client, Thread thread, void (*body)(void*), void* data);
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_LAST_RESORT_H_
