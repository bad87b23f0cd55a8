// What the proxy of one worker costs: `./run bench l7-core [LOAD]`, LOAD being a part of a load's name. Clients, the
// worker's whole round (ports in memory, stages, TCP, proxy) and origins in one thread; only the worker's rounds are
// timed. Thread CPU time.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "tests/bench/measure.hpp"
#include "tests/support/l7/http_peers.hpp"
#include "tests/support/l7/worker_world.hpp"

namespace {

// While the worker has its round: how often it has asked for memory.
bool is_counting = false;
std::uint64_t allocations = 0;

void* allocate(std::size_t size, std::size_t alignment) {
  if (is_counting) ++allocations;
  void* memory = alignment > __STDCPP_DEFAULT_NEW_ALIGNMENT__
                     ? std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment)
                     : std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size, 0); }
void* operator new[](std::size_t size) { return allocate(size, 0); }
void* operator new(std::size_t size, std::align_val_t alignment) { return allocate(size, std::size_t(alignment)); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return allocate(size, std::size_t(alignment)); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace poise::bench {
namespace {

using namespace l7;
using namespace std::chrono_literals;

struct Load {
  const char* name;
  std::uint32_t connections;
  std::uint64_t body, warm_up, requests;
  bool closes = false, is_tcp = false;
};

struct Costs {
  double ns_per_request = 0, packets_per_request = 0, allocations_per_request = 0, copied_per_byte = 0, gbits = 0;
};

std::string document_for(const char* mode, const char* reuse) {
  return std::string(R"({"frontends": {"web": {"mode": ")") + mode +
         R"(", "binds": [{"port": 80}], "default_backend": "servers"}}, "backends": {"servers": {"mode": ")" + mode +
         R"(", "reuse": ")" + reuse + R"(", "servers": {"a": {"address": "192.0.2.200", "port": 8000}}}}})";
}

Costs measure(const Load& load) {
  const std::string document = document_for(load.is_tcp ? "tcp" : "http", load.closes ? "never" : "safe");
  WorkerWorld world(document, {.has_checksums = false,
                                                .connections_max = std::max(4 * load.connections, 4096u),
                                                .peer_connections_max = std::max(2 * load.connections, 4096u),
                                                .buffers = 1u << 16});
  HttpOrigin origin(world.origins(), {.body = load.body, .closes = load.closes});
  world.origins().listen(IpAddr::v4(0), 8000, origin);
  HttpClients::Plan plan;
  plan.target = {WorkerWorld::client(false), WorkerWorld::own(false), 80, 0};
  plan.closes = load.closes;
  HttpClients clients(world.clients(), plan);
  double spent_ns = 0;
  world.around = [&](std::size_t, const std::function<void()>& round) {
    const double before = thread_ns();
    is_counting = true;
    round();
    is_counting = false;
    spent_ns += thread_ns() - before;
  };
  clients.start(load.connections);
  world.run_until([&] { return clients.answered >= load.warm_up; }, 1h);
  spent_ns = 0;
  allocations = 0;
  const std::uint64_t first = clients.answered, bytes = clients.body_bytes, packets = world.frames_in[0];
  const std::uint64_t copied = world.count(tcp::Counter::bytes_copied);
  world.run_until([&] { return clients.answered - first >= load.requests; }, 1h);
  if (clients.failed > 0 || clients.wrong > 0) std::printf("  failed %lu, wrong %lu\n", clients.failed, clients.wrong);
  const double count = double(clients.answered - first), moved = double(clients.body_bytes - bytes);
  return {spent_ns / count, double(world.frames_in[0] - packets) / count, double(allocations) / count,
          double(world.count(tcp::Counter::bytes_copied) - copied) / moved, moved * 8 / spent_ns};
}

// What a client that is connected and says nothing costs: of what is there once for each connection.
void print_memory(std::uint32_t connections) {
  WorkerWorld world(document_for("http", "safe"), {.connections_max = connections, .buffers = 64});
  const double stack = double(world.host(0).stack().usage().memory_bytes - (64u << 20));
  std::printf(
      "memory of a connection that is idle: %.0f bytes of the stack, of its SYN cache and TIME-WAIT table too, "
      "and 80 of the proxy\n",
      stack / connections);
}

}  // namespace

int run(bool is_quick, const char* only) {
  const std::uint64_t part = is_quick ? 1000 : 1;
  const Load loads[] = {
      {"100 B, keep-alive, 64 connections", 64, 100, 20'000 / part, 1'000'000 / part},
      {"100 B, keep-alive, 1,000 connections", 1000, 100, 20'000 / part, 1'000'000 / part},
      {"100 B, keep-alive, 10,000 connections", 10'000, 100, 50'000 / part, 1'000'000 / part},
      {"16 KB, keep-alive, 64 connections", 64, 16'384, 5'000 / part, 200'000 / part},
      {"1 MB, keep-alive, 16 connections", 16, 1'000'000, 100 / std::min<std::uint64_t>(part, 10), 4'000 / part},
      {"100 B, a connection each on both sides", 64, 100, 5'000 / part, 200'000 / part, true},
      {"100 B, mode tcp, 64 connections", 64, 100, 20'000 / part, 1'000'000 / part, false, true},
  };
  for (const Load& load : loads) {
    if ((is_quick && load.connections > 64) || std::strstr(load.name, only) == nullptr) continue;
    const Costs costs = measure(load);
    std::printf(
        "%-40s %7.0f ns a request, %8.0f a second and core, %6.1f packets in, %5.2f Gbit/s, %.4f allocations a "
        "request, %.6f bytes copied a byte\n",
        load.name, costs.ns_per_request, 1e9 / costs.ns_per_request, costs.packets_per_request, costs.gbits,
        costs.allocations_per_request, costs.copied_per_byte);
    std::fflush(stdout);
  }
  print_memory(is_quick ? 10'000 : 1'000'000);
  return 0;
}

}  // namespace poise::bench

int main(int count, char** arguments) {
  const bool is_quick = count > 1 && std::strcmp(arguments[1], "--quick") == 0;
  return poise::bench::run(is_quick, count > 1 && !is_quick ? arguments[1] : "");
}
