#include "tests/datapath/dpdk/environment.hpp"

#include <rte_mbuf.h>
#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "datapath/dpdk/eal.hpp"
#include "datapath/dpdk/eal_log.hpp"

namespace poise::datapath::dpdk {
namespace {

std::mutex lines_mutex;
std::vector<std::string> lines;
std::unique_ptr<PacketPool> shared_pool;

class Environment : public ::testing::Environment {
 public:
  void SetUp() override {
    if (geteuid() == 0) {
      ASSERT_EQ(unshare(CLONE_NEWNET), 0) << strerror(errno);
    }
    capture_eal_log([](std::string_view line) {
      const std::lock_guard lock(lines_mutex);
      lines.emplace_back(line);
    });
    const auto cores = allowed_cores();
    config::Config config;
    config.node.control_core = cores.front();
    config.node.worker_cores = {cores.front(), cores.back()};
    Sizes sizes;
    sizes.eal_megabytes = 128;
    const auto started = start_eal(config, sizes);
    ASSERT_TRUE(started) << to_string(started.error().front());
    auto pool = PacketPool::create(12287, 2176);
    ASSERT_TRUE(pool) << to_string(pool.error());
    shared_pool = std::move(*pool);
  }
  void TearDown() override { shared_pool.reset(); }
};

const auto* const environment = ::testing::AddGlobalTestEnvironment(new Environment);

}  // namespace

PacketPool& DpdkTest::pool() { return *shared_pool; }

void DpdkTest::SetUp() {
  ASSERT_NE(shared_pool, nullptr);
  in_use_before_ = pool().in_use();
  EXPECT_EQ(in_use_before_, 0u);
}

void DpdkTest::TearDown() { EXPECT_EQ(pool().in_use(), in_use_before_) << "packet buffers were not given back"; }

Result<std::unique_ptr<DevicePort>> DpdkTest::try_open(const config::Interface& interface, std::size_t workers) {
  const Steering steering(workers);
  return DevicePort::open({"test", interface, workers, &pool(), &steering});
}

std::unique_ptr<DevicePort> DpdkTest::open(const std::string& device, std::size_t workers) {
  config::Interface interface;
  interface.device = device;
  auto port = try_open(interface, workers);
  if (!port) {
    ADD_FAILURE() << to_string(port.error());
    return nullptr;
  }
  return std::move(*port);
}

Frame DpdkTest::make_frame(std::uint16_t length, std::uint8_t fill) {
  const BufferPool::Allocation memory = pool().allocate();
  EXPECT_NE(memory.buffer, nullptr);
  std::memset(memory.data, fill, length);
  return {memory.buffer, memory.data, length, memory.headroom, std::uint16_t(memory.capacity - length)};
}

void DpdkTest::free(const Packet& packet) { pool().free({&packet.buffer, 1}); }

bool taps_can_be_made() {
  if (geteuid() != 0) return false;
  EXPECT_TRUE(std::filesystem::exists("/dev/net/tun")) << "root, but no /dev/net/tun: mknod /dev/net/tun c 10 200";
  return true;
}

std::size_t receive_soon(PortQueue& queue, std::span<Packet> into) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (std::chrono::steady_clock::now() < deadline)
    if (const std::size_t count = queue.receive(into); count != 0) return count;
  return 0;
}

TemporaryFolder::TemporaryFolder() {
  char name[] = "/tmp/poise-test-XXXXXX";
  path_ = mkdtemp(name);
}
TemporaryFolder::~TemporaryFolder() { std::filesystem::remove_all(path_); }

void TemporaryFolder::write(const std::string& name, const std::string& text) const {
  const std::filesystem::path path = path_ + "/" + name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
}
void TemporaryFolder::link(const std::string& name, const std::string& target) const {
  const std::filesystem::path path = path_ + "/" + name;
  std::filesystem::create_directories(path.parent_path());
  std::filesystem::create_symlink(target, path);
}

std::vector<std::string> log_lines() {
  const std::lock_guard lock(lines_mutex);
  return lines;
}

}  // namespace poise::datapath::dpdk
