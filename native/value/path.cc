#include "value/path.h"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "value/shape.h"
#include "value/slots.h"

namespace isolates {

namespace {

constexpr size_t kNotFound = Shape::kNotFound;

// A segment as the text of a key.
class KeyOf {
 public:
  explicit KeyOf(const PathSegment& segment) {
    if (!segment.is_index) {
      text_ = segment.key;
      return;
    }
    const auto end = std::to_chars(digits_.data(), digits_.data() + digits_.size(), segment.index).ptr;
    text_ = std::string_view(digits_.data(), static_cast<size_t>(end - digits_.data()));
  }
  KeyOf(const KeyOf&) = delete;

  Text text() const { return text_; }

 private:
  std::array<char, 10> digits_;
  Text text_;
};

bool IndexOf(const PathSegment& segment, uint32_t* index) {
  if (!segment.is_index) return segment.key.IsIndex(index);
  *index = segment.index;
  return true;
}

// The slot of a container that a segment names.
size_t SlotOf(const Value& container, const PathSegment& segment) {
  const SlotNode* node = SlotNode::Of(container);
  if (container.IsObject()) {
    return segment.is_index ? node->shape->Find(KeyOf(segment).text()) : node->shape->Find(segment.key);
  }
  uint32_t index;
  return IndexOf(segment, &index) && index < node->length ? index : kNotFound;
}

bool IsContainer(const Value& value) { return value.IsArray() || value.IsObject(); }

std::vector<Value> SlotsOf(const Value& container) {
  std::vector<Value> slots;
  slots.reserve(container.length() + 1);
  for (size_t i = 0; i < container.length();) {
    const std::span<const Value> run = container.Run(i);
    slots.insert(slots.end(), run.begin(), run.end());
    i += run.size();
  }
  return slots;
}

// The container with one slot set, or one more.
PathStatus Put(const Value& container, const PathSegment& segment, Value value, Value* result) {
  const size_t slot = SlotOf(container, segment);
  if (slot != kNotFound) {
    *result = ReplaceSlot(container, slot, std::move(value));
    return PathStatus::kDone;
  }
  if (container.IsObject()) {
    const ShapeRef shape = container.shape()->With(KeyOf(segment).text());
    std::vector<Value> slots = SlotsOf(container);
    slots.push_back(std::move(value));
    *result = Value::Object(shape.get(), slots);
    return PathStatus::kDone;
  }
  uint32_t index;
  if (!IndexOf(segment, &index) || index != container.length()) return PathStatus::kOutOfRange;
  *result = AppendSlot(container, std::move(value));
  return PathStatus::kDone;
}

Value ObjectOf(const PathSegment& segment, Value value) {
  const KeyOf key(segment);
  const Text keys[] = {key.text()};
  return Value::Object(Shape::Of(keys).get(), {&value, 1});
}

}  // namespace

const Value* Find(const Value& root, Path path) {
  const Value* at = &root;
  for (const PathSegment& segment : path) {
    if (!IsContainer(*at)) return nullptr;
    const size_t slot = SlotOf(*at, segment);
    if (slot == kNotFound) return nullptr;
    at = &SlotAt(*at, slot);
  }
  return at;
}

PathStatus Replace(const Value& root, Path path, Value value, Value* result, size_t* failed_at) {
  // The containers on the path, from the root on.
  std::vector<const Value*> containers;
  const Value* at = &root;
  for (size_t i = 0; i < path.size() && at != nullptr && !at->IsUndefined(); ++i) {
    if (!IsContainer(*at)) {
      *failed_at = i;
      return PathStatus::kNoContainer;
    }
    containers.push_back(at);
    const size_t slot = SlotOf(*at, path[i]);
    at = slot == kNotFound ? nullptr : &at->at(slot);
  }
  for (size_t i = path.size(); i-- > 0;) {
    if (i >= containers.size()) {
      value = ObjectOf(path[i], std::move(value));
      continue;
    }
    Value replaced;
    const PathStatus status = Put(*containers[i], path[i], std::move(value), &replaced);
    if (status != PathStatus::kDone) {
      *failed_at = i;
      return status;
    }
    value = std::move(replaced);
  }
  *result = std::move(value);
  return PathStatus::kDone;
}

PathStatus Remove(const Value& root, Path path, Value* result, size_t* failed_at) {
  *failed_at = 0;
  if (path.empty()) return PathStatus::kNotFound;
  const size_t last = path.size() - 1;
  const Value* container = &root;
  size_t slot = kNotFound;
  for (size_t i = 0; i < path.size(); ++i) {
    *failed_at = i;
    if (!IsContainer(*container)) return PathStatus::kNoContainer;
    slot = SlotOf(*container, path[i]);
    if (slot == kNotFound) return PathStatus::kNotFound;
    if (i < last) container = &container->at(slot);
  }
  std::vector<Value> slots = SlotsOf(*container);
  slots.erase(slots.begin() + static_cast<std::ptrdiff_t>(slot));
  Value without =
      container->IsArray() ? Value::Array(slots) : Value::Object(container->shape()->Without(slot).get(), slots);
  return Replace(root, path.first(last), std::move(without), result, failed_at);
}

}  // namespace isolates
