#include "base/machine.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tocsin {

namespace {

void add_address(const sockaddr& address, std::vector<std::string>& names) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.sa_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  } else if (address.sa_family == AF_INET6) {
    const in6_addr& bytes = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    if (!IN6_IS_ADDR_LINKLOCAL(&bytes)) ::inet_ntop(AF_INET6, &bytes, text, sizeof text);
  }
  if (text[0] != '\0') names.emplace_back(text);
}

}  // namespace

std::vector<std::string> machine_names() {
  char host[256] = {};
  const bool named = ::gethostname(host, sizeof host - 1) == 0 && host[0] != '\0';
  std::vector<std::string> names = {named ? host : "localhost"};
  ifaddrs* interfaces = nullptr;
  if (::getifaddrs(&interfaces) != 0) return names;
  for (const ifaddrs* each = interfaces; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr != nullptr && (each->ifa_flags & IFF_LOOPBACK) == 0) add_address(*each->ifa_addr, names);
  }
  ::freeifaddrs(interfaces);
  return names;
}

}  // namespace tocsin
