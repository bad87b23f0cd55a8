#pragma once
#include "l7/compile.hpp"

// Stick tables and what uses them, from a configuration.
namespace poise::l7 {

stick::Shape shape_of(const config::Config& config, const std::string& table);
std::vector<stick::Rule> compile_stick_rules(const std::vector<config::StickRule>& wanted, const States& states);
std::vector<stick::Tracking> compile_tracking(const std::vector<config::TrackRule>& wanted, const States& states);

}  // namespace poise::l7
