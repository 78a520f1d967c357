#ifndef ISOLATES_HTTP_LLHTTP_H_
#define ISOLATES_HTTP_LLHTTP_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace isolates {

// llhttp, the parser that Node itself uses, as the running program exports it: whoever updates Node updates the parser.
// Its headers are not among those that Node installs, so this names what of it is used here. Get() tries a request out
// before anybody relies on that.
//
// Threads: any; a parser is used by one at a time.
struct Llhttp {
  // llhttp_t, which nobody outside looks into. It takes 96 bytes in llhttp 9.
  struct alignas(16) Parser {
    std::array<std::byte, 256> space;
  };

  using Event = int (*)(Parser*);
  using Data = int (*)(Parser*, const char* at, size_t length);

  // llhttp_settings_t of llhttp 9.3 and later.
  struct Settings {
    Event on_message_begin = nullptr;
    Data on_protocol = nullptr;
    Data on_url = nullptr;
    Data on_status = nullptr;
    Data on_method = nullptr;
    Data on_version = nullptr;
    Data on_header_field = nullptr;
    Data on_header_value = nullptr;
    Data on_chunk_extension_name = nullptr;
    Data on_chunk_extension_value = nullptr;
    Event on_headers_complete = nullptr;
    Data on_body = nullptr;
    Event on_message_complete = nullptr;
    Event on_protocol_complete = nullptr;
    Event on_url_complete = nullptr;
    Event on_status_complete = nullptr;
    Event on_method_complete = nullptr;
    Event on_version_complete = nullptr;
    Event on_header_field_complete = nullptr;
    Event on_header_value_complete = nullptr;
    Event on_chunk_extension_name_complete = nullptr;
    Event on_chunk_extension_value_complete = nullptr;
    Event on_chunk_header = nullptr;
    Event on_chunk_complete = nullptr;
    Event on_reset = nullptr;
    // Later versions may look further.
    std::array<Event, 16> more = {};
  };

  static constexpr int kRequest = 1;
  // Of enum llhttp_errno.
  static constexpr int kOk = 0;
  static constexpr int kPaused = 21;
  static constexpr int kPausedForUpgrade = 22;
  static constexpr int kUser = 24;

  // nullptr where the program has no such parser, or one that behaves otherwise: there is Node's own server then.
  static const Llhttp* Get();

  void (*init)(Parser*, int type, const Settings*) = nullptr;
  int (*execute)(Parser*, const char* data, size_t length) = nullptr;
  void (*resume)(Parser*) = nullptr;
  void (*resume_after_upgrade)(Parser*) = nullptr;
  const char* (*error_position)(const Parser*) = nullptr;
  uint8_t (*method)(Parser*) = nullptr;
  const char* (*method_name)(int method) = nullptr;
  uint8_t (*minor_version)(Parser*) = nullptr;
  int (*should_keep_alive)(const Parser*) = nullptr;
};

}  // namespace isolates

#endif  // ISOLATES_HTTP_LLHTTP_H_
