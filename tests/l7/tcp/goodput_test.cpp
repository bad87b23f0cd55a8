#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/tcp/transfer.hpp"
#include "tests/support/tcp/world.hpp"

// How much one connection moves over a link of 1 Gbit/s with a queue of 1 MB, by the size of the buffers of both ends,
// the loss towards the reader and the round trip. POISE_WRITE_GOODPUT=1 writes goodput.txt anew: do so when a change
// makes it better, and say so.
namespace poise::l7::tcp {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::uint32_t, 3> buffers = {16u << 10, 256u << 10, 4u << 20};
constexpr std::array<double, 4> losses = {0, 0.001, 0.01, 0.05};
constexpr std::array<Duration, 3> round_trips = {1ms, 20ms, 100ms};

struct Cell {
  std::uint32_t buffer = 0;
  double loss = 0;
  Duration round_trip{};
  double goodput = 0;  // Mbit/s
};

double measure(const Cell& cell) {
  const Instant start(1h);
  World world(start, 1);
  World::HostSettings host;
  host.stack.connections_max = 4;
  host.stack.receive_initial = host.stack.receive_max = host.stack.send_max = cell.buffer;
  host.stack.unsent_low = std::min(host.stack.unsent_low, cell.buffer / 2);
  const IpAddr client = IpAddr::v4(0x0a000001), server = IpAddr::v4(0x0a000002);
  host.addresses = {client};
  world.add(host);
  host.addresses = {server};
  world.add(host);
  Impairments link;
  link.bits_per_second = 1'000'000'000;
  link.delay = cell.round_trip / 2;
  world.link(1, 0, link);
  link.loss = cell.loss;
  world.link(0, 1, link);
  Transfer::Plan sends, reads;
  sends.writes = reads.reads = 1ull << 40;
  Transfer sender(world, 0, sends), reader(world, 1, reads);
  world.stack(1).listen(server, 80, reader);
  world.schedule(0, 0ms, [&] { EXPECT_TRUE(world.stack(0).connect({client, server, 80, 0}, sender).has_value()); });
  const Duration time = cell.round_trip < 10ms ? 2s : 4s;
  world.run_until(start + time);
  EXPECT_EQ(world.failure(), "");
  return double(reader.read()) * 8 / 1e6 / (double(time.count()) / 1e9);
}

std::vector<Cell> measure_all() {
  std::vector<Cell> cells;
  for (const Duration round_trip : round_trips)
    for (const double loss : losses)
      for (const std::uint32_t buffer : buffers) {
        cells.push_back({buffer, loss, round_trip, 0});
        cells.back().goodput = measure(cells.back());
      }
  return cells;
}

const std::string path = POISE_SOURCE "/tests/l7/tcp/goodput.txt";

std::string line_of(const Cell& cell) {
  std::ostringstream line;
  line << cell.buffer / 1024 << ' ' << cell.loss * 100 << ' ' << cell.round_trip / 1ms;
  return line.str();
}

void write(const std::vector<Cell>& cells) {
  std::ofstream file(path);
  file << "# Mbit/s by buffer in KB, loss in %, round trip in ms; written by goodput_test with POISE_WRITE_GOODPUT=1\n";
  for (const Cell& cell : cells) file << line_of(cell) << ' ' << std::lround(cell.goodput) << '\n';
}

TEST(Goodput, is_what_it_was_for_each_buffer_loss_and_round_trip) {
  const std::vector<Cell> cells = measure_all();
  if (std::getenv("POISE_WRITE_GOODPUT") != nullptr) return write(cells);
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  for (const Cell& cell : cells) {
    ASSERT_TRUE(std::getline(file, line)) << path << " has too few lines";
    const std::size_t last = line.rfind(' ');
    ASSERT_EQ(line.substr(0, last), line_of(cell)) << path;
    const double wanted = std::strtod(line.c_str() + last, nullptr);
    EXPECT_NEAR(cell.goodput, wanted, std::max(1.0, wanted / 10))
        << "buffer in KB, loss in %, round trip in ms: " << line_of(cell);
  }
}

}  // namespace
}  // namespace poise::l7::tcp
