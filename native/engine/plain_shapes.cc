#include "engine/plain_shapes.h"

#include <string>
#include <unordered_map>
#include <utility>

#include "base/guarded.h"

namespace isolates {

namespace {

constexpr size_t kMostShapes = 16'384;

struct Shapes {
  std::vector<std::vector<SourceText>> keys{{}};  // 0 is nobody's
  std::unordered_map<std::string, int64_t> numbers;
};

Guarded<Shapes>& GetShapes() {
  static auto* shapes = new Guarded<Shapes>();
  return *shapes;
}

}  // namespace

int64_t PlainShapes::NumberOf(std::vector<SourceText> keys) {
  std::string all;
  for (const SourceText& key : keys) {
    all += std::to_string(key.bytes()) + (key.one_byte() ? "/" : ":");
    all += key.data();
  }
  auto shapes = GetShapes().Acquire();
  const auto found = shapes->numbers.find(all);
  if (found != shapes->numbers.end()) return found->second;
  if (shapes->keys.size() == kMostShapes) return -1;
  const auto number = static_cast<int64_t>(shapes->keys.size());
  shapes->numbers.emplace(std::move(all), number);
  shapes->keys.push_back(std::move(keys));
  return number;
}

std::vector<SourceText> PlainShapes::KeysOf(int64_t number) {
  auto shapes = GetShapes().Acquire();
  if (number < 0 || static_cast<size_t>(number) >= shapes->keys.size()) return {};
  return shapes->keys[static_cast<size_t>(number)];
}

}  // namespace isolates
