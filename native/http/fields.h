#ifndef ISOLATES_HTTP_FIELDS_H_
#define ISOLATES_HTTP_FIELDS_H_

#include <string_view>

namespace isolates {

// Whether it may stand as the name of a field (RFC 9110, token).
bool IsFieldName(std::string_view name);
// Whether it may stand as the value of one: no control characters but tabs.
bool IsFieldValue(std::string_view value);
// Whether two names are the same; `lower` is in lower case.
bool IsNamed(std::string_view name, std::string_view lower);
// Whether a list such as that of `Connection` has an element; `lower` is in lower case.
bool HasElement(std::string_view list, std::string_view lower);

}  // namespace isolates

#endif  // ISOLATES_HTTP_FIELDS_H_
