#include "vrrp/authentication_header.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "config/types/result.hpp"
#include "datapath/wire/ipv4.hpp"
#include "vrrp/wire.hpp"

namespace poise::vrrp {
namespace {

using namespace datapath::wire;
using Digest = std::array<std::uint8_t, ah_digest_length>;

Digest digest_of(ByteView packet, const std::string& password) {
  Bytes fixed(packet.begin(), packet.end());
  Ipv4Header& ip = at<Ipv4Header>(fixed.data());
  const bool to_group = to_address(ip.destination) == group_of(false);
  ip.traffic_class = 0;
  ip.fragment = Be16{};
  ip.checksum = Be16{};
  if (!to_group) ip.ttl = 0;
  at<AuthenticationHeader>(fixed.data() + ipv4_length).digest = Digest{};
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> whole{};
  const std::uint8_t* made =
      HMAC(EVP_md5(), password.data(), int(password.size()), fixed.data(), fixed.size(), whole.data(), nullptr);
  Digest digest{};
  if (made == nullptr) return digest;  // a library that refuses MD5; sends what nobody accepts
  std::copy_n(whole.begin(), digest.size(), digest.begin());
  return digest;
}

}  // namespace

Bytes make_ah_packet(ByteView message, const IpHeader& header, const std::string& password, std::uint32_t sequence) {
  ensure(header.envelope.source.is_v4());
  Bytes packet = make_ip_header(header, sizeof(AuthenticationHeader) + message.size());
  packet.resize(packet.size() + sizeof(AuthenticationHeader));
  packet.insert(packet.end(), message.begin(), message.end());
  AuthenticationHeader& ah = at<AuthenticationHeader>(packet.data() + ipv4_length);
  ah.next_header = protocol_vrrp;
  ah.length = sizeof(AuthenticationHeader) / 4 - 2;
  ah.spi = to_wire_v4(header.envelope.source);
  ah.sequence.set(sequence);
  ah.digest = digest_of(packet, password);
  return packet;
}

bool is_authentic(const Received& received, const std::string& password) {
  if (!received.ah_sequence || received.packet.size() < ipv4_length + sizeof(AuthenticationHeader)) return false;
  const AuthenticationHeader& ah = at<AuthenticationHeader>(received.packet.data() + ipv4_length);
  const Digest expected = digest_of(received.packet, password);
  const bool is_blank = expected == Digest{};
  return !is_blank && to_address(ah.spi) == received.envelope.source &&
         CRYPTO_memcmp(expected.data(), ah.digest.data(), expected.size()) == 0;
}

}  // namespace poise::vrrp
