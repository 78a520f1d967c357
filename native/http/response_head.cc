#include "http/response_head.h"

#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "http/fields.h"

namespace isolates {

namespace {

constexpr std::pair<int, std::string_view> kReasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Payload Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {418, "I'm a Teapot"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Entity"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {506, "Variant Also Negotiates"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {510, "Not Extended"},
    {511, "Network Authentication Required"},
};

void AppendNumber(std::string* text, uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text->append(digits.data(), end);
}

void AppendTwoDigits(std::string* text, unsigned number) {
  text->push_back(static_cast<char>('0' + number / 10));
  text->push_back(static_cast<char>('0' + number % 10));
}

std::string WriteDate(std::chrono::sys_seconds now) {
  static constexpr const char* kDays[] = {"Sun, ", "Mon, ", "Tue, ", "Wed, ", "Thu, ", "Fri, ", "Sat, "};
  static constexpr const char* kMonths[] = {" Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ",
                                            " Jul ", " Aug ", " Sep ", " Oct ", " Nov ", " Dec "};
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(now - day);
  std::string line = "Date: ";
  line += kDays[std::chrono::weekday(day).c_encoding()];
  AppendTwoDigits(&line, static_cast<unsigned>(date.day()));
  line += kMonths[static_cast<unsigned>(date.month()) - 1];
  AppendNumber(&line, static_cast<uint64_t>(static_cast<int>(date.year())));
  line += ' ';
  AppendTwoDigits(&line, static_cast<unsigned>(time.hours().count()));
  line += ':';
  AppendTwoDigits(&line, static_cast<unsigned>(time.minutes().count()));
  line += ':';
  AppendTwoDigits(&line, static_cast<unsigned>(time.seconds().count()));
  line += " GMT\r\n";
  return line;
}

}  // namespace

std::string_view ReasonOf(int status) {
  for (const auto& [code, reason] : kReasons) {
    if (code == status) return reason;
  }
  return {};
}

std::string_view DateLine() {
  thread_local std::chrono::sys_seconds second{std::chrono::seconds{-1}};
  thread_local std::string line;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (now != second) {
    second = now;
    line = WriteDate(now);
  }
  return line;
}

ResponseHead::ResponseHead(int status, std::string_view reason) {
  text_.reserve(512);
  text_ += "HTTP/1.1 ";
  AppendNumber(&text_, static_cast<uint64_t>(status));
  text_ += ' ';
  text_ += reason.empty() ? ReasonOf(status) : reason;
  text_ += "\r\n";
}

bool ResponseHead::Add(std::string_view name, std::string_view value) {
  if (!IsFieldName(name) || !IsFieldValue(value)) return false;
  switch (name.size()) {
    case 4:
      if (IsNamed(name, "date")) has_date_ = true;
      break;
    case 10:
      if (IsNamed(name, "keep-alive")) return true;
      if (!IsNamed(name, "connection")) break;
      if (HasElement(value, "close")) closes_ = true;
      return true;
    case 14: {
      if (!IsNamed(name, "content-length")) break;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length_);
      has_length_ = error == std::errc() && end == value.data() + value.size();
      return has_length_;
    }
    case 17:
      if (IsNamed(name, "transfer-encoding")) return true;
      break;
    default:
      break;
  }
  text_ += name;
  text_ += ": ";
  text_ += value;
  text_ += "\r\n";
  return true;
}

std::string ResponseHead::Finish(Framing framing, bool goes_on, unsigned keep_alive_seconds) && {
  if (has_length_ && framing != Framing::kChunked) {
    text_ += "Content-Length: ";
    AppendNumber(&text_, length_);
    text_ += "\r\n";
  } else if (framing == Framing::kChunked) {
    text_ += "Transfer-Encoding: chunked\r\n";
  }
  if (!has_date_) text_ += DateLine();
  text_ += goes_on ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
  if (goes_on && keep_alive_seconds != 0) {
    text_ += "Keep-Alive: timeout=";
    AppendNumber(&text_, keep_alive_seconds);
    text_ += "\r\n";
  }
  text_ += "\r\n";
  return std::move(text_);
}

}  // namespace isolates
