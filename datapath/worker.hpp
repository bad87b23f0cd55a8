#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "config/types/time.hpp"
#include "datapath/counters.hpp"
#include "datapath/flow_table.hpp"
#include "datapath/fragment_table.hpp"
#include "datapath/holds.hpp"
#include "datapath/local_tcp.hpp"
#include "datapath/messages.hpp"
#include "datapath/neighbor_table.hpp"
#include "datapath/observer.hpp"
#include "datapath/persistence_table.hpp"
#include "datapath/port.hpp"
#include "datapath/ring.hpp"
#include "datapath/schedulers.hpp"
#include "datapath/server_states.hpp"
#include "datapath/snapshots.hpp"
#include "datapath/tables.hpp"
#include "datapath/token_bucket.hpp"
#include "datapath/worker_outlet.hpp"

namespace poise::datapath {

// WorkerLinks - the rings of one worker. Made by Engine; each ring has one producer and one consumer thread.
struct WorkerLinks {
  SpscRing<Punt>* punts = nullptr;           // to control
  SpscRing<Reply>* replies = nullptr;        // to control
  SpscRing<Inject>* injects = nullptr;       // from control
  SpscRing<Command>* commands = nullptr;     // from control
  std::vector<SpscRing<HandOff>*> outgoing;  // by WorkerId of the owner; null for itself
  std::vector<SpscRing<HandOff>*> incoming;
};

// Worker - one polling core's everything. Shared-nothing: only its own thread touches it, except Counters (read by
// control). The pipeline, in order, is the one table in worker.cpp. No lock, log, exception, system call or allocation
// in run_once.
struct alignas(64) Worker {
  struct Parts {
    WorkerId id;
    FlowTable::Sizes flows;
    HashKey hash_key;
    BufferPool* pool = nullptr;
    std::vector<PortQueue*> ports;  // by PortIndex
    WorkerLinks links;
    Snapshots<Tables>* snapshots = nullptr;
    Snapshots<Observation>* observations = nullptr;
    ServerStates* servers = nullptr;
    const Holds* holds = nullptr;
    std::uint64_t seed = 1;  // for random2 and source port choice
  };
  explicit Worker(Parts parts);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  WorkerId id;
  const Tables* tables = nullptr;  // this batch's snapshot
  ServerStates& servers;
  const Holds& holds;
  Snapshots<Tables>& snapshots;
  Snapshots<Observation>& observations;  // current value may be null: observe nothing
  BufferPool& pool;
  std::vector<PortQueue*> ports;
  WorkerLinks links;

  FlowTable flows;
  NeighborTable neighbors;
  FragmentTable fragments;
  PersistenceTable persistence;
  SchedulerStates schedulers;
  Observer observer;  // capture and trace
  WorkerCounters counters;
  TokenBucket error_budget;  // ICMP errors and resets

  Instant now{};  // of this batch
  std::uint32_t now_ms = 0;
  std::uint16_t path_epoch = 0;                                    // see FlowState::path_epoch
  std::uint32_t path_generation = 0;                               // of the tables seen last
  std::uint32_t tables_seen = 0;                                   // how many snapshots there were
  std::uint32_t embryonic = 0;                                     // flows with flow_embryonic,
  std::uint32_t embryonic_wide = 0;                                // and those of them with a wide entry
  std::uint32_t sweep_cursor = 0, sweep_credit = 0, sweep_ms = 0;  // of expire_flows
  std::uint64_t random = 1;                                        // xorshift state
  bool stopping = false;                                           // got Stop
  bool busy = false;                                               // the last iteration had packets
  struct Reading {  // a ReadFlows under way: what is left of its page, and of the slots it may look at
    ReadFlows page;
    std::uint32_t slots_left = 0;
  };
  std::optional<Reading> reading;
  std::uint32_t bursts = 0;
  std::uint8_t stage = 0;                                   // row of `pipeline` that runs, while something is traced
  std::array<HandOff, limits::fragments_waiting> released;  // fragments whose ports became known: next input
  std::uint16_t released_count = 0;

  Batch batch;
  Batch generated;  // packets made while a batch is processed; sent after it
  struct Outgoing {
    std::array<Frame, limits::burst * 2> frames;
    std::uint16_t count = 0;
  };
  std::vector<Outgoing> outgoing;  // by PortIndex, flushed at the end of a batch

  LocalTcp* local_tcp = nullptr;  // by SetLocalTcp; null: nothing is terminated here
  WorkerOutlet outlet;            // its way out
};

struct Stage {
  const char* name;
  void (*run)(Worker&, Batch&);
};
extern const std::array<Stage, 12> pipeline;  // a packet's life, top to bottom: worker.cpp

// One iteration: commands, injected frames, hand-offs, one burst of each port, the turn of who terminates TCP, expiry.
// Returns packets handled (0: idle).
std::size_t run_once(Worker& worker, Instant now);
// When the next iteration is due at the latest, though nothing comes.
Instant deadline_of(const Worker& worker);

// Helpers for stages.
void drop(Worker& worker, Batch& batch, Packet& packet,
          Drop reason);  // counts, shows it to the observer, frees at the batch's end
Packet* new_packet(
    Worker& worker);  // in `generated`, with an empty frame of pool memory; null: no buffer or 32 made already
void send_generated(Worker& worker);  // routes and sends what `generated` holds; afterwards it is empty
bool punt(Worker& worker, Punt::Kind kind, const Packet& packet);
std::uint64_t next_random(Worker& worker);

}  // namespace poise::datapath
