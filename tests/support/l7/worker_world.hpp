#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "datapath/engine.hpp"
#include "l7/compile.hpp"
#include "l7/worker_host.hpp"
#include "tests/support/pieces_pool.hpp"

namespace poise::l7 {

// PeerEnv - the Env of a Stack that lives on the same wire as an appliance: what it sends becomes frames.
class PeerEnv : public tcp::Env {
 public:
  explicit PeerEnv(std::size_t buffers);
  tcp::Buffer* allocate() override;
  void free(tcp::Buffer& buffer) override { free_.push_back(&buffer); }
  bool transmit(const tcp::Outgoing& segment) override;
  std::uint64_t random() override { return random_ = random_ * 6364136223846793005u + 1442695040888963407u; }
  void arrived(const std::uint8_t* packet, std::size_t length);  // an IP packet

  std::function<void(const tcp::Outgoing& segment)> wire;
  std::vector<tcp::Packet> inbox;
  bool takes_unverified = false;  // what comes has checksums, which are looked at

 private:
  static constexpr std::uint32_t size = 2048;
  std::vector<std::uint8_t> memory_;
  std::vector<tcp::Buffer> buffers_;
  std::vector<tcp::Buffer*> free_;
  std::uint64_t random_ = 1;
};

// WorkerWorld - an appliance of polling workers with layer 7, on ports in memory: the daemon's engine, hosts and
// tables, and behind its one port "lan" the Stacks of clients and of origins. Virtual time; one thread.
class WorkerWorld {
 public:
  struct Settings {
    std::size_t workers = 1;
    bool hardware_rss = true;   // the port brings packets to their workers; else worker 0 receives all
    bool has_checksums = true;  // computed and looked at; else devices do it, for nothing
    std::uint32_t connections_max = 4096, peer_connections_max = 4096;
    std::size_t buffers = 1u << 15;
    std::uint32_t receive_max = 1u << 20;
  };
  // `document`: frontends and backends; "lan" is added, with 192.0.2.1/24 and 2001:db8::1/64.
  WorkerWorld(const std::string& document, const Settings& settings);
  ~WorkerWorld();

  void apply(const std::string& document);  // as a commit does
  // Clients, origins and workers once each; the clock goes on a little.
  void turn();
  void run_until(const std::function<bool()>& is_done, Duration patience);

  tcp::Stack& clients() { return *clients_; }
  tcp::Stack& origins() { return *origins_; }
  datapath::Engine& engine() { return *engine_; }
  WorkerHost& host(std::size_t worker) { return *hosts_[worker]; }
  const Tables& tables() const { return *tables_; }
  std::uint64_t count(tcp::Counter counter);  // over all hosts
  std::size_t buffers_out() const { return pool_.outstanding(); }

  static IpAddr own(bool v6) { return *parse_ip(v6 ? "2001:db8::1" : "192.0.2.1"); }
  static IpAddr client(bool v6) { return *parse_ip(v6 ? "2001:db8::64" : "192.0.2.100"); }
  static IpAddr origin(bool v6) { return *parse_ip(v6 ? "2001:db8::c8" : "192.0.2.200"); }
  Instant now = Instant(std::chrono::hours(1));
  Duration step = std::chrono::microseconds(10);
  std::function<void(std::size_t worker, const std::function<void()>& round)> around;  // each worker's round: a clock
  std::vector<std::uint64_t> frames_in;                                                // by worker
  std::function<void(const datapath::Frame&)> on_sent;                                 // each frame of the appliance

 private:
  class Port;
  void carry(const tcp::Outgoing& segment);
  void deliver(const datapath::Frame& frame);
  void resolve();
  void turn(tcp::Stack& stack, PeerEnv& env);
  config::Config config_of(const std::string& document) const;

  const Settings settings_;
  datapath::PiecesPool pool_;
  PeerEnv client_env_, origin_env_;
  std::unique_ptr<tcp::Stack> clients_, origins_;
  std::vector<std::unique_ptr<Port>> ports_;  // by worker
  States states_;
  std::shared_ptr<const Tables> tables_;
  std::vector<std::unique_ptr<WorkerHost>> hosts_;
  std::unique_ptr<datapath::Engine> engine_;
  std::uint64_t revision_ = 0;
  std::vector<tcp::Packet> taken_;
};

}  // namespace poise::l7
