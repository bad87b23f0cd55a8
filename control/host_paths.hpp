#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/types/result.hpp"
#include "datapath/engine.hpp"

namespace poise::control {

// HostPaths - the exception path: a kernel tap "poise-<interface>" for each port whose host_path is on. Frames that are
// nobody's here go to the host through it, and what the host sends leaves by the port. Owner: control; non-blocking,
// bounded per poll.
class HostPaths {
 public:
  explicit HostPaths(datapath::Engine& engine) : engine_(engine) {}
  ~HostPaths();
  Errors apply(const datapath::Tables& tables);  // opens and closes taps; an error names the interface
  void to_host(PortIndex port, std::span<const std::uint8_t> frame);
  // The host resolves neighbors for itself: it gets ARP replies and neighbor advertisements too; questions are answered
  // by the workers.
  void answer_to_host(PortIndex port, std::span<const std::uint8_t> frame);
  std::size_t poll();  // frames of the host, into the inject rings
  std::uint64_t lost() const { return lost_; }

 private:
  datapath::Engine& engine_;
  std::map<std::uint16_t, int> taps_;  // by PortIndex
  std::uint64_t lost_ = 0;
};

}  // namespace poise::control
