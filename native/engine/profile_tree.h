#ifndef ISOLATES_ENGINE_PROFILE_TREE_H_
#define ISOLATES_ENGINE_PROFILE_TREE_H_

#include <v8-profiler.h>
#include <v8.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace isolates {

// A CPU profile in the making: V8 samples one thread at a time, so what was sampled on several becomes one tree here.
// Times are microseconds.
//
// Threads: one at a time; Add by the one that holds the isolate's lock.
class ProfileTree {
 public:
  explicit ProfileTree(int64_t began) : began_(began) {}

  // `shift` is added to V8's times.
  void Add(const v8::CpuProfile& profile, int64_t shift);
  // The isolate did nothing in between.
  void AddRest(int64_t from, int64_t to);

  // As `.cpuprofile` files are. UTF-8, but for lone surrogates in names.
  std::string ToJson(int64_t ended);

 private:
  struct Node {
    std::string function;
    std::string url;
    int script = 0;
    int line = 0;  // from 1; 0 where there is none
    int column = 0;
    uint64_t hits = 0;
    std::map<int, uint64_t> ticks;  // by line
    std::vector<size_t> children;
  };
  struct Sample {
    int64_t time;
    size_t node;
  };
  using Mapping = std::unordered_map<unsigned, size_t>;

  void Merge(const v8::CpuProfileNode& from, size_t to, Mapping* mapping);
  // The child of that node which is the same function, made when there is none.
  size_t ChildLike(size_t parent, const v8::CpuProfileNode& like);
  size_t ChildOfRoot(std::string_view function);

  const int64_t began_;
  std::vector<Node> nodes_{Node{"(root)", {}, 0, 0, 0, 0, {}, {}}};
  std::vector<Sample> samples_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_PROFILE_TREE_H_
