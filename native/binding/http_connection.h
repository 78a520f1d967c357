#ifndef ISOLATES_BINDING_HTTP_CONNECTION_H_
#define ISOLATES_BINDING_HTTP_CONNECTION_H_

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <list>
#include <string>
#include <string_view>

#include "http/request_parser.h"
#include "http/response_head.h"

namespace isolates {

// One connection of a client: reads a request, waits for its response, writes it, and goes on to the next.
//
// Threads: that of the loop.
// Owns: its socket and what is not yet written to it.
// Lifetime: deletes itself when the loop has closed the socket; OnClosed() comes before.
class HttpConnection {
 public:
  // What it is at, each with a time limit of its own.
  enum class Phase { kIdle, kHead, kBody, kResponse, kLinger };
  static constexpr size_t kPhases = 5;

  // Up to this size a body is waited for and goes along with the request.
  static constexpr uint64_t kSmallBody = 64 << 10;

  class Listener {
   public:
    // A request has come, with its body if that is small. Has to name the exchange.
    virtual void OnRequest(HttpConnection* connection) = 0;
    // More of the body of a request that was told of before all had come, or what a client sends by another protocol.
    virtual void OnBody(HttpConnection* connection, std::string piece, bool is_last) = 0;
    // What was written is on its way: there is room for more.
    virtual void OnDrain(HttpConnection* connection) = 0;
    // The client is gone before the response was complete; OnClosed() has been.
    virtual void OnAborted(uint64_t exchange) = 0;
    virtual void OnPhase(HttpConnection* connection) = 0;
    // Has GoOn() called in a later turn of the loop.
    virtual void CallLater(HttpConnection* connection) = 0;
    virtual void OnClosed(HttpConnection* connection) = 0;
    // Whether connections go on after a response.
    virtual bool keeps_connections() const = 0;
    // Seconds that a client is told it may keep a connection at rest; 0 when it is told nothing.
    virtual unsigned keep_alive_seconds() const = 0;
    // Where bytes are read into; what is there is used at once.
    virtual uv_buf_t read_buffer() = 0;

   protected:
    ~Listener() = default;
  };

  HttpConnection(Listener* listener, const RequestParser::Limits& limits);
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // False when there was none to be accepted; it is gone then.
  bool Accept(uv_loop_t* loop, uv_stream_t* from);

  const RequestParser& request() const { return parser_; }
  // A small body, all of it.
  std::string TakeBody() { return parser_.TakeBody(); }
  // The body comes by OnBody(), from when ResumeBody() is called.
  bool streams_body() const { return streams_; }

  // 0 while there is no exchange.
  uint64_t exchange() const { return exchange_; }
  void set_exchange(uint64_t exchange) { exchange_ = exchange; }

  Phase phase() const { return phase_; }

  // Of the request that is under way. The body counts for nothing where the response to such a request has none.
  void Respond(int status, ResponseHead head, std::string_view body, bool has_body);
  void Begin(int status, ResponseHead head);
  // False when it is more than the head had promised.
  bool Write(std::string_view piece);
  // False when it is less; the connection is closed then.
  bool End();
  // Leaves HTTP, after a request that is complete: else false. What is written goes out as it is from now on, until
  // End(), and what comes goes to OnBody() from when ResumeBody() is called.
  bool Upgrade();
  // Whether to write on now; else OnDrain() tells when.
  bool HasRoom();

  // Stops and goes on reading the body.
  void PauseBody();
  void ResumeBody();

  // Without a word: whoever reads must not take what he has for all.
  void Close();
  // Its phase has taken too long.
  void OnDeadline();
  // What was put off by CallLater().
  void GoOn();

  // From now on the listener hears of it.
  void Start() { StartReading(); }

  // The listener's: where it stands in its lists, and when it will have been there too long.
  Phase listed = Phase::kHead;
  std::list<HttpConnection*>::iterator place;
  uint64_t due = 0;
  bool is_called_later = false;

 private:
  enum class State { kOpen, kEnding, kClosed };
  struct PendingWrite;

  ~HttpConnection() = default;

  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&handle_); }
  void StartReading();
  void StopReading();
  void OnRead(ssize_t result, const char* bytes);
  void Feed(std::string_view data);
  // Hands over what is of another protocol.
  void Forward(std::string data);
  // Tells of what has come.
  void Proceed();
  void TellRequest();
  // The server's own answer to what is no request, or has taken too long.
  void Refuse(int status);
  void Enter(Phase phase);
  // Ends a head: all of it, and whether the connection goes on.
  std::string Finish(ResponseHead head);
  void EndResponse();
  void NextRequest();
  void CloseAfterWrites();

  void Send(std::initializer_list<std::string_view> parts);
  void WriteNow(std::initializer_list<std::string_view> parts);
  void OnWritten(int result);

  Listener* const listener_;
  uv_tcp_t handle_;
  uv_shutdown_t shutdown_;
  RequestParser parser_;
  uint64_t exchange_ = 0;
  // What came after a request whose response is not out.
  std::string ahead_;
  // What is written when all that was read has been looked at.
  std::string output_;
  // Bytes of the body that the head has promised and that are to come.
  uint64_t promised_ = 0;
  Framing framing_ = Framing::kNone;
  State state_ = State::kOpen;
  Phase phase_ = Phase::kHead;
  bool reading_ = false;
  bool feeding_ = false;
  bool wants_drain_ = false;
  bool failed_ = false;
  // Of the request that is under way.
  bool told_ = false;
  bool streams_ = false;
  bool body_paused_ = false;
  bool body_ended_ = false;
  bool continued_ = false;
  bool answered_ = false;
  bool closes_ = false;
  // No HTTP any more.
  bool upgraded_ = false;
};

}  // namespace isolates

#endif  // ISOLATES_BINDING_HTTP_CONNECTION_H_
