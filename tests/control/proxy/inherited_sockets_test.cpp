#include "control/proxy/inherited_sockets.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/proxy/socket_addresses.hpp"
#include "tests/control/proxy/parent_socket.hpp"

namespace poise::control::proxy {
namespace {

TEST(InheritedSockets, are_those_that_listen_over_tcp_with_their_addresses_and_ports) {
  const ParentSocket v4("127.0.0.1"), v6("::1"), dual("::", ParentSocket::dual), only_v6("::", ParentSocket::v6_only);
  const InheritedSockets sockets = InheritedSockets::find_all();
  for (const ParentSocket* each : {&v4, &v6, &dual, &only_v6}) {
    const InheritedSockets::Socket* found = sockets.find(each->number());
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->address, each->address());
    EXPECT_EQ(found->port, each->port());
    EXPECT_EQ(found->is_dual, each == &dual);
    EXPECT_EQ(sockets.at(each->address(), each->port()), each->number());
  }
  EXPECT_EQ(sockets.at(IpAddr::v4(0), dual.port()), dual.number());
  EXPECT_EQ(sockets.at(IpAddr::v4(0), only_v6.port()), std::nullopt);
  EXPECT_EQ(InheritedSockets().find(v4.number()), nullptr);
}

TEST(InheritedSockets, are_not_files_clients_or_sockets_of_another_kind) {
  const ParentSocket listening("127.0.0.1");
  const int bound = ::socket(AF_INET, SOCK_STREAM, 0), udp = ::socket(AF_INET, SOCK_DGRAM, 0);
  const int client = ::socket(AF_INET, SOCK_STREAM, 0), local = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const auto end = endpoint_of(listening.address(), listening.port());
  ASSERT_EQ(::connect(client, end.data(), socklen_t(end.size())), 0);
  const sockaddr_un nameless{.sun_family = AF_UNIX, .sun_path = {}};
  ASSERT_EQ(::bind(local, reinterpret_cast<const sockaddr*>(&nameless), sizeof(sa_family_t)), 0);
  ASSERT_EQ(::listen(local, 1), 0);
  const int file = ::open("/dev/null", O_RDONLY);
  const InheritedSockets sockets = InheritedSockets::find_all();
  for (const int other : {bound, udp, client, local, file}) {
    EXPECT_EQ(sockets.find(std::uint32_t(other)), nullptr);
    EXPECT_EQ(::fcntl(other, F_GETFD), 0);  // still for programs that are executed
    EXPECT_FALSE(sockets.duplicate(std::uint32_t(other)));
    ::close(other);
  }
  EXPECT_EQ(::fcntl(int(listening.number()), F_GETFD), FD_CLOEXEC);
}

TEST(InheritedSockets, are_lent_as_descriptors_that_do_not_block_and_stay_open_when_these_are_closed) {
  const ParentSocket listening("127.0.0.1");
  const InheritedSockets sockets = InheritedSockets::find_all();
  for (int times = 0; times < 2; ++times) {
    const Result<int> lent = sockets.duplicate(listening.number());
    ASSERT_TRUE(lent);
    EXPECT_NE(*lent, int(listening.number()));
    EXPECT_EQ(::fcntl(*lent, F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(::accept(*lent, nullptr, nullptr), -1);
    EXPECT_EQ(errno, EAGAIN);
    ::close(*lent);
  }
  EXPECT_EQ(tuple_of(int(listening.number())).local_port, listening.port());
}

}  // namespace
}  // namespace poise::control::proxy
