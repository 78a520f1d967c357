#ifndef ISOLATES_ENGINE_STORE_KEY_H_
#define ISOLATES_ENGINE_STORE_KEY_H_

#include <v8.h>

#include <array>
#include <string>
#include <string_view>

namespace isolates {

// A string of JavaScript as the key of a store: UTF-8, in which a lone surrogate stands as if it were a character, so
// that different strings are different keys.
//
// Lifetime: the view is good as long as this is.
class StoreKey {
 public:
  StoreKey(v8::Isolate* isolate, v8::Local<v8::String> text);
  StoreKey(const StoreKey&) = delete;
  StoreKey& operator=(const StoreKey&) = delete;

  std::string_view view() const { return view_; }
  operator std::string_view() const { return view_; }  // NOLINT(google-explicit-constructor)

  // The string that a key was made of. Empty when there is no memory.
  static v8::MaybeLocal<v8::String> ToString(v8::Isolate* isolate, std::string_view key);

 private:
  std::array<char, 192> short_;
  std::string long_;
  std::string_view view_;
};

}  // namespace isolates

#endif  // ISOLATES_ENGINE_STORE_KEY_H_
