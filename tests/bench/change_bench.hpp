#pragma once
#include <string>
#include <vector>

namespace poise::bench {

// What a change of services costs packets of flows it does not touch: cycles per packet of each stage, without and with
// a commit (a server's weight, another service with its pool, in turn there and gone) every 32,768 packets: about 500
// commits a second. Medians over `rounds` of either, taken in turn.
struct StageCost {
  std::string stage;
  double steady = 0, changing = 0;  // cycles per packet
};
std::vector<StageCost> change_costs(int rounds);

}  // namespace poise::bench
