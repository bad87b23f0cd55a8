#pragma once
#include <map>
#include <optional>
#include <string>

#include "config/import/report.hpp"

// Where the parts of an imported document came from, so that errors of our own rules stand at the lines that caused
// them.
namespace poise::config::importing {

using Places = std::map<std::string, Place>;  // path in the document -> where it came from
using Blocks = std::map<Place, Place>;        // the first line of a block -> its last

// The place that the longest known part of a path came from: "vrrp.instances.VI_1.track[0].weight".
std::optional<Place> place_of(const Places& places, std::string path);

// Refuses each error at its place; those that have none go to `nowhere`. A line or block that has an error already is
// not blamed twice.
void place_errors(Report& report, const Places& places, const Blocks& blocks, const Errors& errors, Errors& nowhere);

}  // namespace poise::config::importing
