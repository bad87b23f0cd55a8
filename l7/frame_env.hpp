#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "config/types/ip.hpp"
#include "datapath/packet.hpp"
#include "l7/tcp/env.hpp"
#include "l7/tcp/packet.hpp"

namespace poise::l7 {

// FrameEnv - the Env of a Stack whose packets are frames of ports. Nothing of a payload is copied but the little ones:
// what came in goes out again as a piece of another frame. Headers are made in buffers of a pool of their own, so that
// acknowledgments and resets go out while all others are taken. Owner: the Stack's thread.
class FrameEnv : public tcp::Env {
 public:
  struct Settings {
    std::uint32_t buffers_max = 1u << 16;                   // that the Stack may hold at a time
    bool takes_pieces = true, completes_checksums = false;  // what the ports can
  };
  FrameEnv(datapath::BufferPool& headers, datapath::BufferPool& data, const Settings& settings);

  // A frame that came in, whose IP packet begins at `ip_offset`; it is the Stack's now. None of buffers_max is left:
  // the frame is freed and counted, and the packet has no buffer.
  tcp::Packet take(const datapath::Frame& frame, std::uint16_t ip_offset);

  tcp::Buffer* allocate() override;
  void free(tcp::Buffer& buffer) override;
  bool transmit(const tcp::Outgoing& segment) override;

  struct Counters {
    std::uint64_t without_record = 0;  // frames that came in and were freed
    std::uint64_t without_buffer = 0;  // segments that did not leave at once
  };
  const Counters& counters() const { return counters_; }
  std::size_t held() const { return records_.size() - free_.size(); }
  // Frames in one piece, whatever it costs: for who looks at them.
  void set_whole(bool is_whole) { takes_pieces_ = settings_.takes_pieces && !is_whole; }

 protected:
  // An IP packet, with headroom for a link's header; `completion` is what the device is to do, once link_length is
  // known, or nothing when its ip_length is 0. Takes the frame over. False: no room, and the frame is the caller's.
  virtual bool send(const datapath::Frame& packet, const datapath::BufferPool::Completion& completion) = 0;

 private:
  struct Record : tcp::Buffer {
    datapath::Buffer* frame = nullptr;
  };
  Record* record(datapath::Buffer* frame, std::uint8_t* data, std::uint32_t size);
  bool append(datapath::Frame& packet, const tcp::Outgoing& segment);

  datapath::BufferPool &headers_, &data_;
  const Settings settings_;
  bool takes_pieces_;
  std::vector<Record> records_;
  std::vector<Record*> free_;
  Counters counters_;
};

}  // namespace poise::l7
