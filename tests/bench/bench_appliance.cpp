#include "tests/bench/bench_appliance.hpp"

#include "datapath/flow_life.hpp"
#include "datapath/path.hpp"
#include "tests/bench/bench_frames.hpp"

namespace poise::bench {
namespace {

using namespace datapath;
using config::Mode;

constexpr std::size_t buffers = 40000;

IpAddr local_address(bool v6, std::uint32_t number) {
  if (!v6) return IpAddr::v4(0xc6336400 + 100 + number);
  IpAddr address = *parse_ip("2001:db8:3::");
  address.octets[15] = std::uint8_t(100 + number);
  return address;
}

config::Config make_config(const BenchAppliance::Settings& settings) {
  config::Config config;
  config::Interface wan, lan;
  wan.device = "wan";
  lan.device = "lan";
  wan.addresses = {*parse_prefix("203.0.113.1/24"), *parse_prefix("2001:db8:f::1/64")};
  lan.addresses = {*parse_prefix("198.51.100.1/24"), *parse_prefix("2001:db8:3::1/64")};
  config.interfaces = {{"lan", lan}, {"wan", wan}};
  config::NextHop v4, v6;
  v4.gateway = parse_ip("203.0.113.254");
  v6.gateway = parse_ip("2001:db8:f::fe");
  config.routes = {{*parse_prefix("10.0.0.0/8"), {v4}}, {*parse_prefix("2001:db8:1::/64"), {v6}}};
  config::SnatPool pool;
  for (std::uint32_t i = 0; i < BenchAppliance::snat_addresses; ++i)
    pool.addresses.push_back(local_address(settings.v6, i));
  config.snat_pools["local"] = pool;
  config::Pool web;
  for (std::uint32_t i = 0; i < BenchAppliance::servers; ++i) {
    config::Server server;
    server.address = server_address(settings.v6, i);
    web.servers["s" + std::to_string(i)] = server;
  }
  config.pools["web"] = web;
  config::Service service;
  service.address = service_address(settings.v6);
  service.ports = {service_port, service_port};
  service.pool = "web";
  service.mode = settings.mode;
  service.scheduler = settings.scheduler;
  service.timeouts = settings.timeouts;
  if (settings.mode == Mode::fullnat) service.snat_pool = "local";
  config.services["web"] = service;
  config.memory.embryonic_percent = 100;
  return config;
}

}  // namespace

BenchAppliance::BenchAppliance(const Settings& wanted)
    : settings(wanted),
      memory(buffers),
      wan_mac{{2, 0, 0, 0, 1, 2}},
      lan_mac{{2, 0, 0, 0, 1, 1}},
      config_(make_config(wanted)) {
  Engine::Parts parts;
  Engine::WorkerParts worker;
  worker.pool = &memory;
  worker.ports = {&lan, &wan};
  const std::uint32_t room = wanted.flows + wanted.flows / 16 + 64;
  worker.flows = wanted.v6 ? FlowTable::Sizes{0, room} : FlowTable::Sizes{room, 0};
  parts.workers = {worker};
  parts.ports = {{"lan", lan_mac, false}, {"wan", wan_mac, false}};
  parts.hash_key = HashKey{{7, 1, 8, 2, 8, 1, 8, 2, 8, 4, 5, 9, 0, 4, 5, 2}};
  engine = std::make_unique<Engine>(parts, config_);
  run(std::chrono::microseconds(1));
}

void BenchAppliance::establish_flows() {
  const RealIndex first = engine->tables().services[0].reals[0];
  for (std::uint32_t i = 0; i < settings.flows; ++i) {
    FlowTable::New flow;
    flow.client = {client_address(settings.v6, i), service_address(settings.v6), client_port(i), service_port, 6};
    const RealIndex real{engine->tables().services[0].reals[i % servers].value};
    flow.server = engine->tables().reals[real.value].address;
    flow.server_port = service_port;
    flow.local = flow.client.source;
    flow.local_port = flow.client.source_port;
    flow.two_keys = settings.mode == Mode::nat || settings.mode == Mode::fullnat;
    if (settings.mode == Mode::fullnat) {
      const std::uint32_t end = i / servers;
      flow.local = local_address(settings.v6, end / 60000);
      flow.local_port = std::uint16_t(1024 + end % 60000);
    }
    flow.reply = {flow.server, flow.local, flow.server_port, flow.local_port, 6};
    const FlowRef ref = worker().flows.create(flow);
    ensure(ref.valid());
    begin_flow(worker(), ref, real);
    FlowState& state = worker().flows.state(ref);
    state.mode = std::uint8_t(settings.mode);
    state.tcp = TcpState::established;
    establish(worker(), ref);
    refresh_path(worker(), ref);
  }
  ensure(first.value != ~0u);
  resolve_neighbors();
}

void BenchAppliance::resolve_neighbors() {
  engine->poll_punts([&](WorkerId, const Punt& punt) {
    if (punt.kind != Punt::neighbor_miss) return;
    engine->send_all(
        SetNeighbor{punt.interface, punt.address, MacAddr{{2, 0, 0, 0, 9, punt.address.octets[15]}}, true});
  });
  run(std::chrono::microseconds(1));
}

void BenchAppliance::queue_requests(std::size_t packets, std::mt19937& random) {
  for (std::size_t i = 0; i < packets; ++i) {
    const BufferPool::Allocation buffer = memory.allocate();
    const auto flow = std::uint32_t(random() % settings.flows);
    const std::uint16_t length = write_frame(buffer.data, {false, flow, 0x10, 0}, wan_mac);
    wan.queued.push_back(
        {buffer.buffer, buffer.data, length, buffer.headroom, std::uint16_t(buffer.capacity - length)});
  }
  lan.sent.reserve(packets);
}

void BenchAppliance::run(std::chrono::nanoseconds per_loop) {
  do {
    now += per_loop;
    run_once(worker(), now);
  } while (wan.next < wan.queued.size() || lan.next < lan.queued.size());
}

void BenchAppliance::recycle() {
  for (BenchPort* port : {&wan, &lan}) {
    for (const Frame& frame : port->sent) memory.free({&frame.buffer, 1});
    port->sent.clear();
    port->queued.clear();
    port->next = 0;
  }
}

}  // namespace poise::bench
