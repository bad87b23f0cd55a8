#pragma once
#include <memory>

#include "datapath/ip_facts.hpp"
#include "datapath/packet.hpp"
#include "datapath/worker.hpp"
#include "tests/support/frames.hpp"

namespace poise::datapath {

// ParsedPacket - any bytes behind an Ethernet header, put before the real parse stage: what passes is what the
// rewriters may be given. The buffer begins with the headroom and ends with the frame, so that ASan sees every byte too
// many.
class ParsedPacket {
 public:
  // `worker`: whose tables parse reads; its batch must be empty, and is afterwards.
  ParsedPacket(Worker& worker, const Bytes& ip, std::uint16_t headroom);
  bool passed() const { return passed_; }

  Packet packet;
  Bytes bytes() const { return Bytes(packet.l3(), packet.l3() + packet.l3_length); }  // of the IP packet
  Bytes l4() const { return Bytes(packet.l4(), packet.l3() + packet.l3_length); }
  Bytes frame() const { return Bytes(packet.data, packet.data + packet.length); }
  IpFacts facts() const;
  // What Packet says of where things are is true: the frame inside its buffer, and the headers inside the frame.
  void ensure_inside() const;
  void ensure_consistent() const;
  void ensure_consistent_and_unpadded() const;

 private:
  std::size_t size_;
  std::unique_ptr<std::uint8_t[]> memory_;
  bool passed_ = false;
};

}  // namespace poise::datapath
