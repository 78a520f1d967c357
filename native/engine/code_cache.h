#ifndef ISOLATES_ENGINE_CODE_CACHE_H_
#define ISOLATES_ENGINE_CODE_CACHE_H_

#include <v8.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/guarded.h"
#include "value/value.h"

namespace isolates {

// Compiled code of modules, for every isolate of the process: the first that compiles a source leaves what V8 made of
// it, the others take that.
//
// Code is found by its whole source and its name, which V8 writes into it; so nobody gets code of another source,
// whoever left it. What was not used for longest goes when there is too much.
//
// Threads: any.
// Owns: the code, and a share of the source it belongs to.
class CodeCache {
 public:
  using Code = v8::ScriptCompiler::CachedData;
  enum class Kind : uint8_t { kModule, kFunction };

  struct Name {
    Kind kind;
    std::string url;
    Value source;  // a string
  };

  static constexpr size_t kMostBytes = size_t{64} << 20;

  static CodeCache& Get();

  // Null when there is none.
  std::shared_ptr<const Code> Find(const Name& name);
  void Keep(const Name& name, std::unique_ptr<const Code> code);
  // V8 did not want it: it was made by a V8 with other flags.
  void Drop(const Name& name);

 private:
  struct Entry {
    uint64_t hash;
    Name name;
    std::shared_ptr<const Code> code;
    size_t bytes;
  };
  using Entries = std::list<Entry>;
  struct State {
    Entries entries;  // the one used last comes first
    std::unordered_multimap<uint64_t, Entries::iterator> by_hash;
    size_t bytes = 0;

    Entries::iterator Find(const Name& name, uint64_t hash);
    // The entry lands in `out`, to be dropped without the lock.
    void Remove(Entries::iterator entry, Entries* out);
  };

  CodeCache() = default;

  Guarded<State> state_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_CODE_CACHE_H_
