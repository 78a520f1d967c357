#ifndef ISOLATES_HTTP_REQUEST_PARSER_H_
#define ISOLATES_HTTP_REQUEST_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/llhttp.h"

namespace isolates {

// Takes the requests of one connection apart, one after another. What llhttp leaves to its users is checked here:
// sizes, and that there is one header Host.
//
// Threads: one at a time.
// Owns: the head of the request that it is at, and what of the body nobody has taken yet.
class RequestParser {
 public:
  static constexpr uint64_t kUnknownLength = std::numeric_limits<uint64_t>::max();

  struct Limits {
    // Bytes of the target and all fields; also of what is beside the data in a chunked body.
    size_t head = 16 << 10;
    size_t fields = 2000;
  };

  // What a client has done wrong, by the status that it is answered with.
  enum class Error { kNone = 0, kBadRequest = 400, kExtensionsTooLarge = 413, kHeadTooLarge = 431 };

  // The program has a parser: Llhttp::Get() says so.
  explicit RequestParser(const Limits& limits);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // How much of it belongs to the request that it is at: all, unless that ends before. Not to be called while that is
  // complete.
  size_t Feed(std::string_view data);
  // Goes on to the next request.
  void Next();

  Error error() const { return error_; }
  // Something of a request has come.
  bool begun() const { return begun_; }
  bool head_complete() const { return head_complete_; }
  bool complete() const { return complete_; }

  // Of a request whose head is complete.
  std::string_view method() const { return method_; }
  std::string_view target() const { return target_; }
  // Names and values in turn, as they came.
  size_t texts() const { return ends_.size(); }
  std::string_view text(size_t index) const {
    const size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(fields_).substr(begin, ends_[index] - begin);
  }
  bool is_http_1_0() const { return minor_ == 0; }
  bool keep_alive() const { return keep_alive_; }
  // 0 for no body.
  uint64_t body_length() const { return body_length_; }
  bool expects_continue() const { return expects_continue_; }
  // Expects what no server knows.
  bool expects_else() const { return expects_else_; }

  // What has come of the body since the last time.
  std::string TakeBody() { return std::exchange(body_, {}); }
  bool has_body_bytes() const { return !body_.empty(); }

 private:
  static RequestParser* Of(Llhttp::Parser* parser);
  static const Llhttp::Settings& Callbacks();

  int OnText(std::string* text, const char* at, size_t length);
  int OnTextEnd();
  int OnExtension(size_t length);
  int OnHead();
  bool TakeField(std::string_view name, std::string_view value);
  int Fail(Error error);

  // First, so that the library's pointer to it is one to all of this.
  Llhttp::Parser parser_;
  const Llhttp& llhttp_;
  const Limits limits_;
  std::string target_;
  std::string fields_;
  // Where each of the texts in `fields_` ends.
  std::vector<size_t> ends_;
  std::string body_;
  std::string_view method_;
  // Bytes that count against the limit.
  size_t counted_ = 0;
  uint64_t body_length_ = 0;
  int hosts_ = 0;
  uint8_t minor_ = 1;
  Error error_ = Error::kNone;
  bool begun_ = false;
  bool head_complete_ = false;
  bool complete_ = false;
  bool keep_alive_ = false;
  bool expects_continue_ = false;
  bool expects_else_ = false;
};

}  // namespace isolates

#endif  // ISOLATES_HTTP_REQUEST_PARSER_H_
