#include "binding/sockets.h"

#include <uv.h>

#ifndef _WIN32
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#endif

#include <string>

namespace isolates {

namespace {

#ifdef _WIN32

// A socket cannot be listened on by a second event loop there.
Napi::Value Listen(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), UV_ENOSYS); }
Napi::Value Duplicate(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), UV_ENOSYS); }
Napi::Value CloseDescriptor(const Napi::CallbackInfo& info) { return info.Env().Undefined(); }
Napi::Value PortOf(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), UV_ENOSYS); }

#else

int IntAt(const Napi::CallbackInfo& info, size_t index) { return info[index].As<Napi::Number>().Int32Value(); }

// -1 with errno set.
int OpenSocket(int family) {
#ifdef SOCK_CLOEXEC
  return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
  const int fd = socket(family, SOCK_STREAM, 0);
  if (fd >= 0 && (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)) {
    close(fd);
    return -1;
  }
  return fd;
#endif
}

// As libuv binds and listens. False with errno set.
bool BindAndListen(int fd, const sockaddr_storage& address, socklen_t size, bool only_v6, int backlog) {
  const int on = 1;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) return false;
  const int v6 = only_v6 ? 1 : 0;
  if (address.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6, sizeof(v6)) != 0) return false;
  return bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 && listen(fd, backlog) == 0;
}

// (address, port, backlog, only IPv6) => descriptor, or an error number of libuv below 0
Napi::Value Listen(const Napi::CallbackInfo& info) {
  const std::string host = info[0].As<Napi::String>();
  sockaddr_storage address;
  std::memset(&address, 0, sizeof(address));
  socklen_t size = sizeof(sockaddr_in);
  int failed = uv_ip4_addr(host.c_str(), IntAt(info, 1), reinterpret_cast<sockaddr_in*>(&address));
  if (failed != 0) {
    failed = uv_ip6_addr(host.c_str(), IntAt(info, 1), reinterpret_cast<sockaddr_in6*>(&address));
    size = sizeof(sockaddr_in6);
  }
  if (failed != 0) return Napi::Number::New(info.Env(), failed);
  const int fd = OpenSocket(address.ss_family);
  if (fd < 0) return Napi::Number::New(info.Env(), uv_translate_sys_error(errno));
  if (BindAndListen(fd, address, size, info[3].As<Napi::Boolean>(), IntAt(info, 2))) {
    return Napi::Number::New(info.Env(), fd);
  }
  const int error = uv_translate_sys_error(errno);
  close(fd);
  return Napi::Number::New(info.Env(), error);
}

// (descriptor) => another for the same socket, or an error number of libuv below 0
Napi::Value Duplicate(const Napi::CallbackInfo& info) {
  const int fd = fcntl(IntAt(info, 0), F_DUPFD_CLOEXEC, 0);
  return Napi::Number::New(info.Env(), fd < 0 ? uv_translate_sys_error(errno) : fd);
}

// (descriptor)
Napi::Value CloseDescriptor(const Napi::CallbackInfo& info) {
  close(IntAt(info, 0));
  return info.Env().Undefined();
}

// (descriptor) => the port it is bound to, or an error number of libuv below 0
Napi::Value PortOf(const Napi::CallbackInfo& info) {
  sockaddr_storage address;
  socklen_t size = sizeof(address);
  if (getsockname(IntAt(info, 0), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return Napi::Number::New(info.Env(), uv_translate_sys_error(errno));
  }
  const in_port_t port = address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                                                       : reinterpret_cast<sockaddr_in*>(&address)->sin_port;
  return Napi::Number::New(info.Env(), ntohs(port));
}

#endif

}  // namespace

void ExportSockets(Napi::Env env, Napi::Object exports) {
  exports.Set("listen", Napi::Function::New<Listen>(env, "listen"));
  exports.Set("duplicate", Napi::Function::New<Duplicate>(env, "duplicate"));
  exports.Set("closeDescriptor", Napi::Function::New<CloseDescriptor>(env, "closeDescriptor"));
  exports.Set("portOf", Napi::Function::New<PortOf>(env, "portOf"));
}

}  // namespace isolates
