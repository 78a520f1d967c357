#include "value/bigint.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace isolates {

namespace {

using Words = std::span<const uint64_t>;

int Compare(Words a, Words b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (size_t i = a.size(); i-- > 0;) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}

std::vector<uint64_t> Sum(Words longer, Words shorter) {
  std::vector<uint64_t> sum(longer.begin(), longer.end());
  uint64_t carry = 0;
  for (size_t i = 0; i < sum.size(); ++i) {
    const uint64_t with_carry = sum[i] + carry;
    carry = with_carry < carry ? 1 : 0;
    sum[i] = with_carry + (i < shorter.size() ? shorter[i] : 0);
    carry += sum[i] < with_carry ? 1 : 0;
  }
  if (carry != 0) sum.push_back(carry);
  return sum;
}

std::vector<uint64_t> Difference(Words greater, Words less) {
  std::vector<uint64_t> difference(greater.begin(), greater.end());
  uint64_t borrow = 0;
  for (size_t i = 0; i < difference.size(); ++i) {
    const uint64_t take = i < less.size() ? less[i] : 0;
    const uint64_t before = difference[i];
    difference[i] = before - take - borrow;
    borrow = before < take || (before == take && borrow != 0) ? 1 : 0;
  }
  return difference;
}

}  // namespace

Value AddBigInts(const Value& a, const Value& b) {
  Words more = a.words();
  Words less = b.words();
  bool negative = a.negative();
  if (Compare(more, less) < 0) {
    std::swap(more, less);
    negative = b.negative();
  }
  return Value::BigInt(negative, a.negative() == b.negative() ? Sum(more, less) : Difference(more, less));
}

}  // namespace isolates
