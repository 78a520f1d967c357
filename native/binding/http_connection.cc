#include "binding/http_connection.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/check.h"

namespace isolates {

namespace {

// Of pipelined requests so much is read before the response to the first is out.
constexpr size_t kMostAhead = 64 << 10;
// A writer is told to wait when so much is not yet taken by the system.
constexpr size_t kMostUnwritten = 64 << 10;
// Responses up to this size to requests that came together leave together.
constexpr size_t kMostCorked = 16 << 10;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

bool HasNoBody(int status) { return status == 204 || status == 304; }

}  // namespace

struct HttpConnection::PendingWrite {
  uv_write_t request;
  std::string bytes;
};

HttpConnection::HttpConnection(Listener* listener, const RequestParser::Limits& limits)
    : listener_(listener), parser_(limits) {}

bool HttpConnection::Accept(uv_loop_t* loop, uv_stream_t* from) {
  ISOLATES_CHECK(uv_tcp_init(loop, &handle_) == 0);
  handle_.data = this;
  shutdown_.data = this;
  if (uv_accept(from, stream()) != 0) {
    state_ = State::kClosed;
    uv_close(reinterpret_cast<uv_handle_t*>(&handle_),
             [](uv_handle_t* handle) { delete static_cast<HttpConnection*>(handle->data); });
    return false;
  }
  uv_tcp_nodelay(&handle_, 1);
  return true;
}

void HttpConnection::StartReading() {
  if (reading_ || state_ == State::kClosed) return;
  reading_ = true;
  const auto allocate = [](uv_handle_t* handle, size_t, uv_buf_t* buffer) {
    *buffer = static_cast<HttpConnection*>(handle->data)->listener_->read_buffer();
  };
  const auto read = [](uv_stream_t* stream, ssize_t result, const uv_buf_t* buffer) {
    static_cast<HttpConnection*>(stream->data)->OnRead(result, buffer->base);
  };
  if (uv_read_start(stream(), allocate, read) != 0) Close();
}

void HttpConnection::StopReading() {
  if (!reading_) return;
  reading_ = false;
  uv_read_stop(stream());
}

void HttpConnection::OnRead(ssize_t result, const char* bytes) {
  if (result == 0) return;
  if (result < 0) {
    Close();
    return;
  }
  if (state_ != State::kOpen) return;
  const std::string_view data(bytes, static_cast<size_t>(result));
  if (upgraded_) {
    Forward(std::string(data));
    return;
  }
  if (!parser_.complete()) {
    Feed(data);
    return;
  }
  ahead_.append(data);
  if (ahead_.size() >= kMostAhead) StopReading();
}

void HttpConnection::Feed(std::string_view data) {
  feeding_ = true;
  while (!data.empty() && state_ == State::kOpen && !parser_.complete()) {
    if (phase_ == Phase::kIdle) Enter(Phase::kHead);
    data.remove_prefix(parser_.Feed(data));
    if (parser_.error() != RequestParser::Error::kNone) {
      Refuse(static_cast<int>(parser_.error()));
      break;
    }
    Proceed();
  }
  feeding_ = false;
  if (state_ == State::kOpen && !data.empty()) ahead_.append(data);
  if (state_ != State::kClosed && !output_.empty()) WriteNow({});
}

void HttpConnection::Forward(std::string data) {
  // Answers to what came together leave together.
  feeding_ = true;
  listener_->OnBody(this, std::move(data), false);
  feeding_ = false;
  if (state_ != State::kClosed && !output_.empty()) WriteNow({});
}

void HttpConnection::Proceed() {
  if (!parser_.head_complete()) return;
  if (!told_) {
    TellRequest();
  } else if (streams_ && exchange_ == 0) {
    // Nobody reads on.
    TakeBody();
  } else if (streams_ && !body_paused_ && !body_ended_ && (parser_.has_body_bytes() || parser_.complete())) {
    body_ended_ = parser_.complete();
    listener_->OnBody(this, TakeBody(), body_ended_);
  }
  if (state_ == State::kOpen && answered_ && parser_.complete()) NextRequest();
}

void HttpConnection::TellRequest() {
  if (parser_.method() == "CONNECT") {
    Close();
    return;
  }
  if (parser_.expects_else()) {
    Refuse(417);
    return;
  }
  if (parser_.expects_continue() && !continued_ && !parser_.complete()) Send({kContinue});
  continued_ = true;
  if (!parser_.complete()) {
    if (phase_ != Phase::kBody) Enter(Phase::kBody);
    if (parser_.body_length() <= kSmallBody) return;
    // Until somebody is there to read it.
    streams_ = body_paused_ = true;
    StopReading();
  } else {
    Enter(Phase::kResponse);
  }
  told_ = true;
  listener_->OnRequest(this);
  if (streams_ && state_ == State::kOpen) Proceed();
}

void HttpConnection::Refuse(int status) {
  if (exchange_ != 0) {
    // The response may have begun: nothing else can be said.
    Close();
    return;
  }
  ResponseHead head(status, {});
  head.set_length(0);
  Send({std::move(head).Finish(Framing::kLength, false, 0)});
  answered_ = true;
  CloseAfterWrites();
}

void HttpConnection::Enter(Phase phase) {
  phase_ = phase;
  listener_->OnPhase(this);
}

void HttpConnection::Respond(int status, ResponseHead head, std::string_view body, bool has_body) {
  const bool is_head = parser_.method() == "HEAD";
  if (HasNoBody(status)) {
    if (status == 204 || has_body) head.drop_length();
    body = {};
  } else if (has_body) {
    head.set_length(body.size());
  } else if (!is_head) {
    head.set_length(0);
  }
  framing_ = Framing::kLength;
  Send({Finish(std::move(head)), is_head ? std::string_view() : body});
  EndResponse();
}

void HttpConnection::Begin(int status, ResponseHead head) {
  if (status == 204) head.drop_length();
  if (HasNoBody(status) || parser_.method() == "HEAD") {
    framing_ = Framing::kNone;
  } else if (head.has_length()) {
    framing_ = Framing::kLength;
    promised_ = head.length();
  } else if (parser_.is_http_1_0()) {
    framing_ = Framing::kUntilClose;
  } else {
    framing_ = Framing::kChunked;
  }
  Send({Finish(std::move(head))});
}

std::string HttpConnection::Finish(ResponseHead head) {
  closes_ =
      !parser_.keep_alive() || head.closes() || framing_ == Framing::kUntilClose || !listener_->keeps_connections();
  return std::move(head).Finish(framing_, !closes_, listener_->keep_alive_seconds());
}

bool HttpConnection::Write(std::string_view piece) {
  // An empty chunk would be the last.
  if (piece.empty() || framing_ == Framing::kNone) return true;
  if (framing_ == Framing::kLength) {
    if (piece.size() > promised_) return false;
    promised_ -= piece.size();
  }
  if (framing_ != Framing::kChunked) {
    Send({piece});
    return true;
  }
  std::array<char, 18> size;
  char* end = std::to_chars(size.data(), size.data() + 16, piece.size(), 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  Send({std::string_view(size.data(), static_cast<size_t>(end - size.data())), piece, "\r\n"});
  return true;
}

bool HttpConnection::End() {
  if (framing_ == Framing::kLength && promised_ > 0) {
    exchange_ = 0;
    Close();
    return false;
  }
  if (framing_ == Framing::kChunked) Send({"0\r\n\r\n"});
  EndResponse();
  return true;
}

bool HttpConnection::Upgrade() {
  if (!parser_.complete() || upgraded_) return false;
  upgraded_ = body_paused_ = closes_ = true;
  framing_ = Framing::kUntilClose;
  StopReading();
  return true;
}

bool HttpConnection::HasRoom() {
  wants_drain_ = uv_stream_get_write_queue_size(stream()) >= kMostUnwritten;
  return !wants_drain_;
}

void HttpConnection::PauseBody() {
  if (!upgraded_ && (!streams_ || body_ended_)) return;
  body_paused_ = true;
  StopReading();
}

void HttpConnection::ResumeBody() {
  if (!body_paused_) return;
  body_paused_ = false;
  StartReading();
  // What has come by then.
  if (!feeding_ || upgraded_) listener_->CallLater(this);
}

void HttpConnection::EndResponse() {
  exchange_ = 0;
  answered_ = true;
  wants_drain_ = false;
  ResumeBody();
  if (closes_) {
    CloseAfterWrites();
  } else if (parser_.complete()) {
    NextRequest();
  }
}

void HttpConnection::NextRequest() {
  parser_.Next();
  framing_ = Framing::kNone;
  told_ = streams_ = body_paused_ = body_ended_ = continued_ = answered_ = closes_ = false;
  Enter(Phase::kIdle);
  if (!feeding_ && !ahead_.empty()) listener_->CallLater(this);
  StartReading();
}

void HttpConnection::CloseAfterWrites() {
  if (!output_.empty()) WriteNow({});
  if (state_ != State::kOpen) return;
  state_ = State::kEnding;
  // Reads on, so that the client's end is noticed, and bytes of it that nobody wants do not make the system throw away
  // what it has not taken yet.
  Enter(Phase::kLinger);
  StartReading();
  const int failed = uv_shutdown(&shutdown_, stream(), [](uv_shutdown_t* request, int result) {
    auto* self = static_cast<HttpConnection*>(request->data);
    if (result != 0 || self->parser_.complete()) self->Close();
  });
  if (failed != 0) Close();
}

void HttpConnection::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  const uint64_t exchange = std::exchange(exchange_, 0);
  listener_->OnClosed(this);
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_),
           [](uv_handle_t* handle) { delete static_cast<HttpConnection*>(handle->data); });
  if (exchange != 0) listener_->OnAborted(exchange);
}

void HttpConnection::OnDeadline() {
  if (phase_ == Phase::kLinger || phase_ == Phase::kIdle || !parser_.begun()) {
    Close();
  } else {
    Refuse(408);
  }
}

void HttpConnection::GoOn() {
  if (failed_) {
    Close();
    return;
  }
  if (upgraded_) {
    if (state_ == State::kOpen && !body_paused_ && !ahead_.empty()) Forward(std::exchange(ahead_, {}));
    return;
  }
  if (state_ == State::kOpen && told_) Proceed();
  if (state_ == State::kOpen && !parser_.complete()) Feed(std::exchange(ahead_, {}));
}

void HttpConnection::Send(std::initializer_list<std::string_view> parts) {
  if (state_ == State::kClosed) return;
  size_t size = output_.size();
  for (const std::string_view part : parts) size += part.size();
  if (!feeding_ || size > kMostCorked) {
    WriteNow(parts);
    return;
  }
  for (const std::string_view part : parts) output_ += part;
}

void HttpConnection::WriteNow(std::initializer_list<std::string_view> parts) {
  std::array<uv_buf_t, 4> buffers;
  unsigned count = 0;
  const auto add = [&](std::string_view part) {
    if (!part.empty())
      buffers[count++] = uv_buf_init(const_cast<char*>(part.data()), static_cast<unsigned>(part.size()));
  };
  const std::string before = std::exchange(output_, {});
  add(before);
  for (const std::string_view part : parts) add(part);
  if (count == 0 || failed_) return;
  size_t written = 0;
  if (uv_stream_get_write_queue_size(stream()) == 0) {
    const int result = uv_try_write(stream(), buffers.data(), count);
    if (result >= 0) {
      written = static_cast<size_t>(result);
    } else if (result != UV_EAGAIN) {
      OnWritten(result);
      return;
    }
  }
  auto* pending = new PendingWrite;
  for (unsigned i = 0; i < count; ++i) {
    const size_t skipped = std::min<size_t>(written, buffers[i].len);
    written -= skipped;
    pending->bytes.append(buffers[i].base + skipped, buffers[i].len - skipped);
  }
  if (pending->bytes.empty()) {
    delete pending;
    return;
  }
  uv_buf_t rest = uv_buf_init(pending->bytes.data(), static_cast<unsigned>(pending->bytes.size()));
  const int result = uv_write(&pending->request, stream(), &rest, 1, [](uv_write_t* request, int status) {
    auto* self = static_cast<HttpConnection*>(request->handle->data);
    delete reinterpret_cast<PendingWrite*>(request);
    self->OnWritten(status);
  });
  if (result != 0) {
    delete pending;
    OnWritten(result);
  }
}

void HttpConnection::OnWritten(int result) {
  if (state_ == State::kClosed) return;
  if (result != 0) {
    // Whoever writes now is not told here: he has called.
    failed_ = true;
    listener_->CallLater(this);
  } else if (wants_drain_ && uv_stream_get_write_queue_size(stream()) == 0) {
    wants_drain_ = false;
    if (exchange_ != 0) listener_->OnDrain(this);
  }
}

}  // namespace isolates
