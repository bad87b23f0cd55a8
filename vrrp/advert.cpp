#include "vrrp/advert.hpp"

#include <algorithm>
#include <optional>

#include "config/types/result.hpp"
#include "datapath/wire/checksum.hpp"
#include "vrrp/wire.hpp"

namespace poise::vrrp {
namespace {

using datapath::wire::at;
using datapath::wire::Be16;
using datapath::wire::Sum;

constexpr std::uint8_t type_advertisement = 1;
constexpr Duration centisecond = std::chrono::milliseconds(10), second = std::chrono::seconds(1);

Sum pseudo_header(const Envelope& envelope, std::size_t length) {
  return Sum().add_pseudo_header(envelope.source, envelope.destination, protocol_vrrp, std::uint32_t(length));
}

// Nothing: it does not fit in any form that its version allows.
std::optional<ChecksumForm> checksum_form(ByteView message, Version version, const Envelope& envelope) {
  const bool bare = Sum().add(message.data(), message.size()).is_valid();
  if (version == Version::v2) return bare ? std::optional(ChecksumForm::without_pseudo_header) : std::nullopt;
  if (pseudo_header(envelope, message.size()).add(message.data(), message.size()).is_valid())
    return ChecksumForm::with_pseudo_header;
  if (bare && envelope.source.is_v4()) return ChecksumForm::without_pseudo_header;
  return std::nullopt;
}

IpAddr read_address(const std::uint8_t* bytes, bool v6) { return v6 ? IpAddr::v6(bytes) : IpAddr::v4_at(bytes); }

}  // namespace

std::size_t advert_length(Version version, bool v6, std::size_t addresses) {
  return sizeof(AdvertHeader) + addresses * (v6 ? 16 : 4) + (version == Version::v2 ? authentication_data_length : 0);
}

std::size_t addresses_max(Version version, bool v6, std::uint16_t mtu, std::size_t trailer) {
  const std::size_t fixed = (v6 ? 40 : 20) + advert_length(version, v6, 0) + trailer;
  return mtu < fixed ? 0 : std::min<std::size_t>(255, (mtu - fixed) / (v6 ? 16 : 4));
}

tl::expected<Advert, Discard> read_advert(ByteView message, const Envelope& envelope, std::size_t trailer) {
  const bool v6 = envelope.source.is_v6();
  if (message.size() < sizeof(AdvertHeader) + trailer) return tl::unexpected(Discard::length);
  const ByteView summed = v6 ? message : message.first(message.size() - trailer);
  message = message.first(message.size() - trailer);
  const AdvertHeader& header = at<AdvertHeader>(message.data());
  const std::uint8_t version = header.version_type >> 4;
  if (version != 3 && (version != 2 || v6)) return tl::unexpected(Discard::version);
  if ((header.version_type & 0x0f) != type_advertisement) return tl::unexpected(Discard::type);
  Advert advert;
  advert.version = Version(version);
  if (message.size() != advert_length(advert.version, v6, header.address_count)) return tl::unexpected(Discard::length);
  const auto form = checksum_form(summed, advert.version, envelope);
  if (!form) return tl::unexpected(Discard::checksum);
  advert.checksum_form = *form;
  advert.vrid = VirtualRouterId{header.vrid};
  advert.priority = header.priority;
  if (advert.version == Version::v2) {
    advert.authentication = AuthenticationType(header.interval.bytes[0]);
    advert.interval = second * header.interval.bytes[1];
    std::copy_n(message.end() - authentication_data_length, authentication_data_length, advert.password.begin());
  } else {
    advert.interval = centisecond * (header.interval.host() & interval_v3_mask);
  }
  const std::uint8_t* address = message.data() + sizeof(AdvertHeader);
  for (std::size_t i = 0; i < header.address_count; ++i, address += v6 ? 16 : 4)
    advert.addresses.push_back(read_address(address, v6));
  return advert;
}

Bytes write_advert(const Advert& advert, const Envelope& envelope) {
  const bool v6 = envelope.source.is_v6();
  ensure(advert.addresses.size() <= 255 && !(v6 && advert.version == Version::v2));
  Bytes message(advert_length(advert.version, v6, advert.addresses.size()));
  AdvertHeader& header = at<AdvertHeader>(message.data());
  header.version_type = std::uint8_t(std::uint8_t(advert.version) << 4 | type_advertisement);
  header.vrid = advert.vrid.value;
  header.priority = advert.priority;
  header.address_count = std::uint8_t(advert.addresses.size());
  if (advert.version == Version::v2) {
    header.interval = Be16{{std::uint8_t(advert.authentication), std::uint8_t(advert.interval / second)}};
    std::copy(advert.password.begin(), advert.password.end(), message.end() - authentication_data_length);
  } else {
    header.interval.set(std::uint16_t(advert.interval / centisecond));
  }
  std::uint8_t* place = message.data() + sizeof(AdvertHeader);
  for (const IpAddr& address : advert.addresses) {
    ensure(address.is_v6() == v6);
    std::copy(address.octets.begin() + (v6 ? 0 : 12), address.octets.end(), place);
    place += v6 ? 16 : 4;
  }
  const bool bare =
      advert.version == Version::v2 || (!v6 && advert.checksum_form == ChecksumForm::without_pseudo_header);
  Sum sum = bare ? Sum() : pseudo_header(envelope, message.size());
  header.checksum = sum.add(message.data(), message.size()).checksum();
  return message;
}

void append_trailer(Bytes& message, ByteView trailer, const Envelope& envelope) {
  message.insert(message.end(), trailer.begin(), trailer.end());
  if (envelope.source.is_v4()) return;
  datapath::wire::Be16& checksum = at<AdvertHeader>(message.data()).checksum;
  checksum = {};
  checksum = pseudo_header(envelope, message.size()).add(message.data(), message.size()).checksum();
}

}  // namespace poise::vrrp
