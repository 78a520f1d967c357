#include "value/equals.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "value/shape.h"

namespace isolates {

namespace {

using Pairs = std::vector<std::pair<const Value*, const Value*>>;

// Leaves are compared; of containers the slots are added to `pairs`.
bool EqualAtTop(const Value& a, const Value& b, Pairs* pairs) {
  if (a.IsSame(b)) return true;
  if (a.IsString() && b.IsString()) return a.text() == b.text();
  if (a.kind() != b.kind() || !a.HasNode() || a.length() != b.length()) return false;
  switch (a.kind()) {
    case ValueKind::kDate:
      // One that is far away, or invalid.
      return std::isnan(a.number()) ? std::isnan(b.number()) : a.number() == b.number();
    case ValueKind::kBigInt:
      return a.negative() == b.negative() && std::ranges::equal(a.words(), b.words());
    case ValueKind::kBytes:
      return std::ranges::equal(a.bytes(), b.bytes());
    case ValueKind::kHandle:
      return a.tag() == b.tag() && a.target() == b.target();
    case ValueKind::kArray:
      for (size_t i = 0; i < a.length(); ++i) pairs->emplace_back(&a.at(i), &b.at(i));
      return true;
    default:
      break;
  }
  const bool same_shape = a.shape() == b.shape();
  for (size_t i = 0; i < a.length(); ++i) {
    const size_t there = same_shape ? i : b.shape()->Find(a.shape()->key(i).text());
    if (there == Shape::kNotFound) return false;
    pairs->emplace_back(&a.at(i), &b.at(there));
  }
  return true;
}

}  // namespace

bool Equals(const Value& a, const Value& b) {
  Pairs pairs;
  if (!EqualAtTop(a, b, &pairs)) return false;
  while (!pairs.empty()) {
    const auto [left, right] = pairs.back();
    pairs.pop_back();
    if (!EqualAtTop(*left, *right, &pairs)) return false;
  }
  return true;
}

}  // namespace isolates
