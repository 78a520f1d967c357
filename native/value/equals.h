#ifndef ISOLATES_VALUE_EQUALS_H_
#define ISOLATES_VALUE_EQUALS_H_

#include "value/value.h"

namespace isolates {

// The same form and the same leaves, these as Object.is has it: NaN equals NaN, and -0 is not 0; handles
// are equal when they refer to the same thing. The order of an
// object's keys does not matter. Needs no stack, however deep the values are.
bool Equals(const Value& a, const Value& b);

}  // namespace isolates

#endif  // ISOLATES_VALUE_EQUALS_H_
