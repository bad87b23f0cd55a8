// Sends UDP frames of many flows into a veth by AF_PACKET and prints the thread's CPU time for each. On a veth the
// receiving kernel's work (routing, NAT, the next veth) runs on the sender's own CPU inside the send, so the difference
// between sending to a router that drops and to one that translates and forwards is the cost of doing so.
//   kernel_nat_sender INTERFACE DESTINATION_MAC FLOWS PACKETS
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

namespace {

constexpr std::size_t burst = 64, frame_bytes = 60;
using FrameBytes = std::array<std::uint8_t, frame_bytes>;

void put16(std::uint8_t* at, unsigned value) {
  at[0] = std::uint8_t(value >> 8);
  at[1] = std::uint8_t(value);
}

std::uint16_t header_checksum(const std::uint8_t* ip) {
  unsigned sum = 0;
  for (int i = 0; i < 20; i += 2) sum += unsigned(ip[i] << 8 | ip[i + 1]);
  while ((sum >> 16) != 0) sum = (sum & 0xffff) + (sum >> 16);
  return std::uint16_t(~sum);
}

// Client 10.0.x.y:port -> 192.0.2.1:80, UDP without checksum.
FrameBytes frame_of(std::uint32_t flow, const std::uint8_t* mac) {
  FrameBytes frame{};
  std::memcpy(frame.data(), mac, 6);
  std::memcpy(frame.data() + 6, "\x02\x00\x00\x00\x00\x99", 6);
  put16(&frame[12], ETHERTYPE_IP);
  std::uint8_t* ip = &frame[14];
  ip[0] = 0x45;
  put16(ip + 2, frame_bytes - 14);
  ip[8] = 64;
  ip[9] = IPPROTO_UDP;
  const std::uint32_t client = 0x0a000002 + flow / 50000;
  put16(ip + 12, client >> 16);
  put16(ip + 14, client & 0xffff);
  put16(ip + 16, 0xc000);
  put16(ip + 18, 0x0201);
  put16(ip + 10, header_checksum(ip));
  put16(ip + 20, 10000 + flow % 50000);
  put16(ip + 22, 80);
  put16(ip + 24, frame_bytes - 34);
  return frame;
}

double thread_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return double(time.tv_sec) * 1e9 + double(time.tv_nsec);
}

int open_socket(const char* interface) {
  const int socket_fd = socket(AF_PACKET, SOCK_RAW, 0);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = int(if_nametoindex(interface));
  if (socket_fd < 0 || address.sll_ifindex == 0 ||
      bind(socket_fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    std::perror(interface);
    std::exit(1);
  }
  return socket_fd;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  unsigned mac_numbers[6];
  if (std::sscanf(argv[2], "%x:%x:%x:%x:%x:%x", &mac_numbers[0], &mac_numbers[1], &mac_numbers[2], &mac_numbers[3],
                  &mac_numbers[4], &mac_numbers[5]) != 6)
    return 2;
  std::uint8_t mac[6];
  for (int i = 0; i < 6; ++i) mac[i] = std::uint8_t(mac_numbers[i]);
  const auto flows = std::uint32_t(std::strtoul(argv[3], nullptr, 10)),
             packets = std::uint32_t(std::strtoul(argv[4], nullptr, 10));
  const int socket_fd = open_socket(argv[1]);
  std::mt19937 random(1);
  double spent = 0;
  std::uint32_t sent = 0;
  std::vector<FrameBytes> frames(burst);
  std::vector<iovec> vectors(burst);
  std::vector<mmsghdr> messages(burst);
  for (std::size_t i = 0; i < burst; ++i) {
    vectors[i] = {frames[i].data(), frame_bytes};
    messages[i] = {};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  while (sent < packets) {
    for (FrameBytes& frame : frames) frame = frame_of(std::uint32_t(random() % flows), mac);
    const double before = thread_ns();
    const int count = sendmmsg(socket_fd, messages.data(), burst, 0);
    spent += thread_ns() - before;
    if (count <= 0) {
      std::perror("sendmmsg");
      return 1;
    }
    sent += std::uint32_t(count);
  }
  std::printf("%.1f\n", spent / sent);
  close(socket_fd);
  return 0;
}
