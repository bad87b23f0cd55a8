#pragma once
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "vrrp/advert.hpp"
#include "vrrp/deadline_queue.hpp"
#include "vrrp/hmac_trailer.hpp"
#include "vrrp/instance.hpp"
#include "vrrp/packet.hpp"
#include "vrrp/statistics.hpp"

namespace poise::vrrp {

// RouterSettings - one virtual router as configured, with what its interface gives it.
struct RouterSettings {
  std::string name;
  InterfaceIndex interface;
  VirtualRouterId vrid;
  InstanceSettings machine;       // machine.address: ours on the interface, the source of adverts
  std::vector<IpAddr> addresses;  // in the adverts; IPv6: a link-local one first
  std::string group;              // sync group; "": none
  AuthenticationType authentication = AuthenticationType::none;
  std::string password;  // version 2, at most 8 characters
  std::optional<HmacSettings> hmac;
  std::vector<IpAddr> peers;  // unicast; none: multicast
  std::uint8_t unicast_ttl = 255, unicast_ttl_min = 0, unicast_ttl_max = 255;
  ChecksumForm checksum_form = ChecksumForm::with_pseudo_header;
  bool follow_checksum_form = true;  // sums as the last sender of version 3 over IPv4 did
  bool check_addresses = false;      // adverts with other addresses are discarded, not only counted

  bool v6() const { return machine.address.is_v6(); }
  bool operator==(const RouterSettings&) const = default;
};

// Routers - every virtual router of this node: which of them a packet is for, when each is next due, and that the
// members of a sync group are master together or not at all. Sans-io. Owner: control.
class Routers {
 public:
  // What is to be done, in this order; `router` is a row.
  struct Output {
    std::size_t router = 0;
    Action action;
  };
  using Outputs = std::vector<Output>;

  // Puts these in force. Routers are known by name; one whose settings stay is not touched, one that keeps its identity
  // (interface, VRID, version, own address) goes on with the new ones, any other starts afresh, and what is gone leaves
  // (see is_gone). Rows stay what they are; new ones are added behind.
  Outputs configure(Instant now, const std::vector<RouterSettings>& wanted);
  Outputs stop(Instant now);  // all leave
  bool is_stopped() const;    // every one has left

  // Time since 1970 at the beginning of Instant's count: signatures carry the time of day.
  void set_wall_clock(Duration epoch) { epoch_ = epoch; }
  Duration wall(Instant now) const { return epoch_ + now.time_since_epoch(); }

  // What became of a packet. Without a router it was for nobody here, or could not be read so far.
  struct Reception {
    Outputs outputs;
    std::optional<std::size_t> router;
    std::optional<Discard> refused;
  };
  // An IP packet with protocol 112 (or 51), from its IP header on. `to_group_mac`: the frame was for the group's MAC
  // address (or, unicast, for ours); false for a broadcast.
  Reception on_packet(Instant now, InterfaceIndex interface, ByteView packet, bool right_mac = true);
  Outputs on_deadline(Instant now);
  Instant deadline() const { return deadlines_.next(); }

  Outputs set_priority(Instant now, std::size_t router, std::uint8_t effective);
  Outputs set_fault(Instant now, std::size_t router, bool fault);  // of a member: of its whole group
  Outputs on_peer_silent(Instant now, InterfaceIndex interface, const IpAddr& peer, Duration heartbeat_interval);
  Outputs switch_over(Instant now, std::size_t router);  // with its whole group

  // The IP packets of a SendAdvert: one to the group, or one for each unicast peer.
  std::vector<Bytes> packets(Instant now, std::size_t router, std::uint8_t priority);

  std::size_t rows() const { return rows_.size(); }
  bool is_gone(std::size_t router) const { return rows_[router].gone; }  // removed: the row only finishes leaving
  const Instance& instance(std::size_t router) const { return rows_[router].instance; }
  bool has_fault(std::size_t router) const { return rows_[router].fault; }  // its own, not its group's
  const RouterSettings& settings(std::size_t router) const { return rows_[router].settings; }
  const Statistics& statistics(std::size_t router) const { return rows_[router].statistics; }
  const std::array<std::uint64_t, std::size_t(Discard::count_)>& unattributed() const { return unattributed_; }

 private:
  struct Row {
    RouterSettings settings;
    Instance instance;
    Statistics statistics;
    ChecksumForm checksum_form;
    bool fault = false;  // its own, not its group's
    bool gone = false;
    std::uint16_t identification = 0;
    std::uint32_t ah_sequence = 0;  // the last one sent or heard
    HmacTrailer hmac;
  };
  struct Key {
    InterfaceIndex interface;
    std::uint8_t vrid = 0;
    bool v6 = false;
    auto operator<=>(const Key&) const = default;
  };
  bool is_master(std::size_t router) const;  // and means to stay it
  static Key key_of(const RouterSettings& settings) { return {settings.interface, settings.vrid.value, settings.v6()}; }
  void rebuild();
  std::size_t add(const RouterSettings& settings, std::vector<std::size_t>& free);
  void update(Instant now, const std::vector<RouterSettings>& wanted, Outputs& outputs);
  // One step of one router, and everything that follows from it in its group.
  template <class Step>
  void step(Instant now, std::size_t router, Outputs& outputs, Step&& step);
  void take(std::size_t router, const Actions& actions, Outputs& outputs);
  void follow_group(Instant now, std::size_t router, bool was_master, Outputs& outputs);
  std::vector<std::size_t> members_of(std::size_t router) const;
  void apply_group_fault(Instant now, std::size_t router, Outputs& outputs);
  tl::expected<Advert, Discard> check(Instant now, Row& row, const Received& received, bool right_mac);
  tl::expected<void, Discard> authenticate(Instant now, Row& row, const Received& received, const Advert& advert,
                                           std::size_t trailer);

  std::vector<Row> rows_;
  std::map<Key, std::size_t> by_key_;
  std::map<std::string, std::vector<std::size_t>> groups_;
  DeadlineQueue deadlines_;
  Duration epoch_{};
  std::array<std::uint64_t, std::size_t(Discard::count_)> unattributed_{};
};

}  // namespace poise::vrrp
