#include <string>

#include "http/fields.h"
#include "http/llhttp.h"
#include "http/response_head.h"
#include "testing.h"

namespace {

using isolates::Framing;
using isolates::ResponseHead;

// Without the line of the date, which is checked.
std::string WithoutDate(std::string head) {
  const size_t at = head.find("Date: ");
  EXPECT(at != std::string::npos);
  const size_t end = head.find("\r\n", at);
  EXPECT(end - at == 35);
  EXPECT(head.substr(end - 4, 4) == " GMT");
  return head.erase(at, end + 2 - at);
}

TEST("names of fields are tokens") {
  for (const char* name : {"a", "Content-Type", "x_1", "!#$%&'*+-.^_`|~"}) EXPECT(isolates::IsFieldName(name));
  for (const char* name : {"", " ", "a b", "a:", "a\r\n", "\xe4", "(a)", "a/b", "\x7f"}) {
    EXPECT(!isolates::IsFieldName(name));
  }
}

TEST("values of fields have no control characters but tabs") {
  for (const char* value : {"", "a", "a b", "a\tb", "\xe4\xff"}) EXPECT(isolates::IsFieldValue(value));
  for (const char* value : {"a\r\nSet-Cookie: b", "a\n", "a\r", "\x01", "\x7f"}) EXPECT(!isolates::IsFieldValue(value));
  EXPECT(!isolates::IsFieldValue(std::string_view("a\0b", 3)));
}

TEST("elements of lists are found, whatever their case") {
  EXPECT(isolates::HasElement("close", "close"));
  EXPECT(isolates::HasElement("Keep-Alive , CLOSE", "close"));
  EXPECT(isolates::HasElement(",,\tclose", "close"));
  EXPECT(!isolates::HasElement("", "close"));
  EXPECT(!isolates::HasElement("closed, x close", "close"));
}

TEST("a head says how its body is framed, and whether the connection goes on") {
  ResponseHead head(200, "");
  EXPECT(head.Add("X-A", "b"));
  head.set_length(12);
  EXPECT(WithoutDate(std::move(head).Finish(Framing::kLength, true, 5)) ==
         "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 12\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n");
  ResponseHead chunked(404, "Gone Fishing");
  EXPECT(WithoutDate(std::move(chunked).Finish(Framing::kChunked, false, 5)) ==
         "HTTP/1.1 404 Gone Fishing\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
  ResponseHead unknown(299, "");
  EXPECT(WithoutDate(std::move(unknown).Finish(Framing::kNone, true, 0)) ==
         "HTTP/1.1 299 \r\nConnection: keep-alive\r\n\r\n");
}

TEST("what an app says of framing and connection is not sent twice") {
  ResponseHead head(200, "");
  EXPECT(head.Add("transfer-encoding", "gzip"));
  EXPECT(head.Add("Keep-Alive", "timeout=100"));
  EXPECT(head.Add("Connection", "upgrade, close"));
  EXPECT(head.Add("content-length", "7"));
  EXPECT(head.Add("date", "today"));
  EXPECT(head.closes());
  EXPECT(head.has_length());
  EXPECT(head.length() == 7);
  EXPECT(std::move(head).Finish(Framing::kLength, false, 0) ==
         "HTTP/1.1 200 OK\r\ndate: today\r\nContent-Length: 7\r\nConnection: close\r\n\r\n");
}

TEST("a head refuses what would begin another") {
  ResponseHead head(200, "");
  EXPECT(!head.Add("a\r\nb", "c"));
  EXPECT(!head.Add("a", "b\r\n\r\nHTTP/1.1 200 OK"));
  EXPECT(!head.Add("Content-Length", "-1"));
  EXPECT(!head.Add("Content-Length", "1, 1"));
  EXPECT(!head.Add("Content-Length", "99999999999999999999"));
  EXPECT(!isolates::IsFieldValue("OK\r\n"));
}

TEST("a program without a parser is told from one with it") { EXPECT(isolates::Llhttp::Get() == nullptr); }

}  // namespace
