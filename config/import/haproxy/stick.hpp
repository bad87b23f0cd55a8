#pragma once
#include "config/import/haproxy/proxy.hpp"

namespace poise::config::importing::haproxy {

std::span<const Keyword> stick_keywords();

// Takes "track-sc0 KEY [table NAME]" of http-request or tcp-request; false: the line is none.
bool take_tracking(Proxy& proxy, const Line& line);
// Gives rules the names that the tables have here.
void finish_stick(Proxy& proxy);

}  // namespace poise::config::importing::haproxy
