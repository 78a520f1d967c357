#include "http/request_parser.h"

#include <charconv>
#include <type_traits>

#include "base/check.h"
#include "http/fields.h"

namespace isolates {

RequestParser* RequestParser::Of(Llhttp::Parser* parser) { return reinterpret_cast<RequestParser*>(parser); }

const Llhttp::Settings& RequestParser::Callbacks() {
  static const Llhttp::Settings callbacks = {
      .on_message_begin =
          [](Llhttp::Parser* parser) {
            Of(parser)->begun_ = true;
            return 0;
          },
      .on_url = [](Llhttp::Parser* parser, const char* at,
                   size_t length) { return Of(parser)->OnText(&Of(parser)->target_, at, length); },
      .on_header_field = [](Llhttp::Parser* parser, const char* at,
                            size_t length) { return Of(parser)->OnText(&Of(parser)->fields_, at, length); },
      .on_header_value = [](Llhttp::Parser* parser, const char* at,
                            size_t length) { return Of(parser)->OnText(&Of(parser)->fields_, at, length); },
      .on_chunk_extension_name = [](Llhttp::Parser* parser, const char*,
                                    size_t length) { return Of(parser)->OnExtension(length); },
      .on_chunk_extension_value = [](Llhttp::Parser* parser, const char*,
                                     size_t length) { return Of(parser)->OnExtension(length); },
      .on_headers_complete = [](Llhttp::Parser* parser) { return Of(parser)->OnHead(); },
      .on_body =
          [](Llhttp::Parser* parser, const char* at, size_t length) {
            Of(parser)->body_.append(at, length);
            return 0;
          },
      .on_message_complete =
          [](Llhttp::Parser* parser) {
            Of(parser)->complete_ = true;
            return Llhttp::kPaused;
          },
      .on_header_field_complete = [](Llhttp::Parser* parser) { return Of(parser)->OnTextEnd(); },
      .on_header_value_complete = [](Llhttp::Parser* parser) { return Of(parser)->OnTextEnd(); },
  };
  return callbacks;
}

RequestParser::RequestParser(const Limits& limits) : llhttp_(*Llhttp::Get()), limits_(limits) {
  ISOLATES_CHECK(reinterpret_cast<RequestParser*>(&parser_) == this);
  llhttp_.init(&parser_, Llhttp::kRequest, &Callbacks());
}

size_t RequestParser::Feed(std::string_view data) {
  const int result = llhttp_.execute(&parser_, data.data(), data.size());
  if (result == Llhttp::kOk) return data.size();
  const auto used = static_cast<size_t>(llhttp_.error_position(&parser_) - data.data());
  if (result == Llhttp::kPaused) {
    llhttp_.resume(&parser_);
  } else if (result == Llhttp::kPausedForUpgrade) {
    // Nobody here speaks another protocol: what follows is the next request.
    llhttp_.resume_after_upgrade(&parser_);
  } else if (error_ == Error::kNone) {
    error_ = Error::kBadRequest;
  }
  return used;
}

void RequestParser::Next() {
  target_.clear();
  fields_.clear();
  ends_.clear();
  body_.clear();
  counted_ = 0;
  body_length_ = 0;
  hosts_ = 0;
  begun_ = head_complete_ = complete_ = keep_alive_ = expects_continue_ = expects_else_ = false;
}

int RequestParser::OnText(std::string* text, const char* at, size_t length) {
  counted_ += length;
  if (counted_ > limits_.head || ends_.size() / 2 > limits_.fields) return Fail(Error::kHeadTooLarge);
  // Fields after a chunked body are nobody's.
  if (!head_complete_) text->append(at, length);
  return 0;
}

int RequestParser::OnTextEnd() {
  if (!head_complete_) ends_.push_back(fields_.size());
  return 0;
}

int RequestParser::OnExtension(size_t length) {
  counted_ += length;
  return counted_ > limits_.head ? Fail(Error::kExtensionsTooLarge) : 0;
}

int RequestParser::OnHead() {
  minor_ = llhttp_.minor_version(&parser_);
  const int method = llhttp_.method(&parser_);
  method_ = llhttp_.method_name(method);
  for (size_t at = 0; at + 1 < ends_.size(); at += 2) {
    if (!TakeField(text(at), text(at + 1))) return Fail(Error::kBadRequest);
  }
  // Of RFC 9112, 3.2: a server must refuse it.
  if (hosts_ > 1 || (hosts_ == 0 && minor_ != 0)) return Fail(Error::kBadRequest);
  keep_alive_ = llhttp_.should_keep_alive(&parser_) != 0;
  head_complete_ = true;
  // What is beside the data of the body is counted by itself.
  counted_ = 0;
  return 0;
}

bool RequestParser::TakeField(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 4:
      if (IsNamed(name, "host")) ++hosts_;
      return true;
    case 6:
      if (!IsNamed(name, "expect")) return true;
      if (IsNamed(value, "100-continue")) {
        expects_continue_ = minor_ != 0;
      } else {
        expects_else_ = true;
      }
      return true;
    case 14: {
      if (!IsNamed(name, "content-length")) return true;
      // llhttp has seen to it that it is a number, and comes once.
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), body_length_);
      return error == std::errc() && end == value.data() + value.size();
    }
    case 17:
      if (IsNamed(name, "transfer-encoding")) body_length_ = kUnknownLength;
      return true;
    default:
      return true;
  }
}

int RequestParser::Fail(Error error) {
  error_ = error;
  return Llhttp::kUser;
}

}  // namespace isolates
