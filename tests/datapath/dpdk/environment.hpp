#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "datapath/dpdk/packet_pool.hpp"
#include "datapath/dpdk/port.hpp"

namespace poise::datapath::dpdk {

// One EAL a process: started before the first test, on two lcores besides the main one; as root in a network namespace
// of its own. DpdkTest gives a pool of packet buffers, and fails a test that has not brought every buffer back.
class DpdkTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // Opens a device; the test ends with its error when that fails.
  std::unique_ptr<DevicePort> open(const std::string& device, std::size_t workers = 1);
  Result<std::unique_ptr<DevicePort>> try_open(const config::Interface& interface, std::size_t workers = 1);
  // A frame of this length in a buffer of the pool, every byte `fill`.
  Frame make_frame(std::uint16_t length, std::uint8_t fill = 0);
  void free(const Packet& packet);

  PacketPool& pool();
  std::uint32_t in_use_before_ = 0;
};

// Tests with taps need root and /dev/net/tun; as root they never skip.
bool taps_can_be_made();

// Polls until frames come or 5 s have passed.
std::size_t receive_soon(PortQueue& queue, std::span<Packet> into);

// A file that is gone at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  void write(const std::string& name, const std::string& text) const;  // folders are made
  void link(const std::string& name, const std::string& target) const;

 private:
  std::string path_;
};

// What DPDK's log said since the start of the process.
std::vector<std::string> log_lines();

}  // namespace poise::datapath::dpdk
