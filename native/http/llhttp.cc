#include "http/llhttp.h"

#include <optional>
#include <string>
#include <string_view>

#include "base/library.h"

namespace isolates {

namespace {

template <class Function>
bool Find(const char* name, Function* function) {
  *function = reinterpret_cast<Function>(FindInProgram(name));
  return *function != nullptr;
}

// What a request is told as, a letter for each callback with what came.
struct Trial {
  Llhttp::Parser parser;
  std::string told;
};

Trial* TrialOf(Llhttp::Parser* parser) { return reinterpret_cast<Trial*>(parser); }

template <char letter>
int Tell(Llhttp::Parser* parser) {
  TrialOf(parser)->told += letter;
  return 0;
}

template <char letter>
int TellData(Llhttp::Parser* parser, const char* at, size_t length) {
  TrialOf(parser)->told += letter;
  TrialOf(parser)->told.append(at, length);
  return 0;
}

bool Works(const Llhttp& llhttp) {
  static_assert(offsetof(Trial, parser) == 0);
  static const Llhttp::Settings settings = {
      .on_message_begin = Tell<'('>,
      .on_url = TellData<'u'>,
      .on_header_field = TellData<'n'>,
      .on_header_value = TellData<'v'>,
      .on_chunk_extension_name = TellData<'x'>,
      .on_chunk_extension_value = TellData<'y'>,
      .on_headers_complete = Tell<'|'>,
      .on_body = TellData<'b'>,
      .on_message_complete =
          [](Llhttp::Parser* parser) {
            TrialOf(parser)->told += ')';
            return Llhttp::kPaused;
          },
      .on_header_value_complete = Tell<';'>,
  };
  constexpr std::string_view kRequests =
      "POST /a?b HTTP/1.1\r\nNo: 1\r\nTransfer-Encoding: chunked\r\n\r\n3;e=f\r\nxyz\r\n0\r\n\r\nGET / "
      "HTTP/1.0\r\n\r\n";
  Trial trial;
  llhttp.init(&trial.parser, Llhttp::kRequest, &settings);
  if (llhttp.execute(&trial.parser, kRequests.data(), kRequests.size()) != Llhttp::kPaused) return false;
  const std::string_view name = llhttp.method_name(llhttp.method(&trial.parser));
  const char* const rest = llhttp.error_position(&trial.parser);
  const bool first = name == "POST" && llhttp.minor_version(&trial.parser) == 1 &&
                     llhttp.should_keep_alive(&trial.parser) == 1 && rest > kRequests.data() &&
                     std::string_view(rest, 3) == "GET";
  if (!first) return false;
  llhttp.resume(&trial.parser);
  const size_t left = static_cast<size_t>(kRequests.data() + kRequests.size() - rest);
  return llhttp.execute(&trial.parser, rest, left) == Llhttp::kPaused && llhttp.minor_version(&trial.parser) == 0 &&
         llhttp.should_keep_alive(&trial.parser) == 0 &&
         trial.told == "(u/a?bnNov1;nTransfer-Encodingvchunked;|xeyfbxyz)(u/|)";
}

std::optional<Llhttp> Load() {
  Llhttp llhttp;
  const bool found =
      Find("llhttp_init", &llhttp.init) && Find("llhttp_execute", &llhttp.execute) &&
      Find("llhttp_resume", &llhttp.resume) && Find("llhttp_resume_after_upgrade", &llhttp.resume_after_upgrade) &&
      Find("llhttp_get_error_pos", &llhttp.error_position) && Find("llhttp_get_method", &llhttp.method) &&
      Find("llhttp_method_name", &llhttp.method_name) && Find("llhttp_get_http_minor", &llhttp.minor_version) &&
      Find("llhttp_should_keep_alive", &llhttp.should_keep_alive);
  if (!found || !Works(llhttp)) return std::nullopt;
  return llhttp;
}

}  // namespace

const Llhttp* Llhttp::Get() {
  static const std::optional<Llhttp> llhttp = Load();
  return llhttp.has_value() ? &*llhttp : nullptr;
}

}  // namespace isolates
