#ifndef ISOLATES_VALUE_BIGINT_H_
#define ISOLATES_VALUE_BIGINT_H_

#include "value/value.h"

namespace isolates {

// The sum of two bigints.
Value AddBigInts(const Value& a, const Value& b);

}  // namespace isolates

#endif  // ISOLATES_VALUE_BIGINT_H_
