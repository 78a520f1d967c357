#ifndef ISOLATES_ENGINE_LAST_RESORT_H_
#define ISOLATES_ENGINE_LAST_RESORT_H_

namespace isolates {

// What is left to do when V8 meets an error that it never returns from: an array of more elements than it can have, no
// memory in the midst of something that must not fail. V8 then ends the process. A thread that has nothing else to do
// than to run this guest can stand still for ever instead: the isolate is lost, with its memory, and the process goes
// on.
//
// Threads: stack-only, on a thread that may be given up. Never one with a JavaScript of its own, such as Node's main
// thread.
class LastResort {
 public:
  class Client {
   public:
    // On the thread that stands still afterwards, in the midst of V8: must not call it.
    virtual void OnLost() = 0;

   protected:
    ~Client() = default;
  };

  explicit LastResort(Client* client);
  ~LastResort();
  LastResort(const LastResort&) = delete;
  LastResort& operator=(const LastResort&) = delete;

  // Once per process. From V8 13 on, an error that may mean damaged memory ends the process all the same; earlier
  // versions do not tell which error it is.
  static void Install();

  // To be called by what V8 calls on its way to the end of the process. Returns where no LastResort is.
  static void StandStill();
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_LAST_RESORT_H_
