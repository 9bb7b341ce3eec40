#include "outage/ask_refusal.hpp"

#include <ctime>  // linux/errqueue.h needs it before

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

namespace kulla::outage {
void keep_icmp(int socket, bool v6, bool wanted) {
  const int value = wanted ? 1 : 0;
  ::setsockopt(socket, v6 ? int{IPPROTO_IPV6} : int{IPPROTO_IP}, v6 ? IPV6_RECVERR : IP_RECVERR, &value, sizeof value);
}

bool told_by_icmp(int socket) {
  std::array<char, 128> quoted;  // of the segment that was refused; not wanted
  alignas(cmsghdr) std::array<char, 512> control;
  iovec piece{quoted.data(), quoted.size()};
  msghdr header{nullptr, 0, &piece, 1, control.data(), control.size(), 0};
  if (::recvmsg(socket, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return false;
  for (auto* item = CMSG_FIRSTHDR(&header); item; item = CMSG_NXTHDR(&header, item)) {
    const bool v4 = item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_RECVERR;
    const bool v6 = item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_RECVERR;
    sock_extended_err error{};
    if ((!v4 && !v6) || item->cmsg_len < CMSG_LEN(sizeof error)) continue;
    std::memcpy(&error, CMSG_DATA(item), sizeof error);
    return error.ee_origin == SO_EE_ORIGIN_ICMP || error.ee_origin == SO_EE_ORIGIN_ICMP6;
  }
  return false;
}
}  // namespace kulla::outage
