#ifndef ISOLATES_HTTP_RESPONSE_HEAD_H_
#define ISOLATES_HTTP_RESPONSE_HEAD_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace isolates {

// How a client learns where a body ends.
enum class Framing {
  // There is none.
  kNone,
  // Its length stands in the head.
  kLength,
  kChunked,
  // The connection ends with it.
  kUntilClose,
};

// The head of one response, being written. Framing and connection are this server's affair: what the app says of them
// is used, not sent.
//
// Threads: one at a time.
class ResponseHead {
 public:
  // A reason that is empty stands for the usual one.
  ResponseHead(int status, std::string_view reason);

  // False when it cannot stand in a head.
  bool Add(std::string_view name, std::string_view value);

  // The app wants it to be the last of its connection.
  bool closes() const { return closes_; }
  // As the app gave it: for a body that it writes in pieces, or that nobody sends.
  bool has_length() const { return has_length_; }
  uint64_t length() const { return length_; }
  // For a body that is all there.
  void set_length(uint64_t length) {
    has_length_ = true;
    length_ = length;
  }
  void drop_length() { has_length_ = false; }

  // `keep_alive_seconds`: how long a connection that goes on may rest; 0 to say nothing of that.
  std::string Finish(Framing framing, bool goes_on, unsigned keep_alive_seconds) &&;

 private:
  std::string text_;
  uint64_t length_ = 0;
  bool has_length_ = false;
  bool has_date_ = false;
  bool closes_ = false;
};

// The usual words for a status; empty for one that nobody knows.
std::string_view ReasonOf(int status);

// Now, as HTTP writes it, with the line's end: `Date: ...`.
std::string_view DateLine();

}  // namespace isolates

#endif  // ISOLATES_HTTP_RESPONSE_HEAD_H_
