#pragma once
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "config/types/ip.hpp"
#include "l7/tcp/settings.hpp"
#include "tests/packetdrill/option_layout.hpp"

namespace poise::l7::tcp {

// SoFlags - what `--so_flags` says: "optlayout=freebsd,mss=1460,ws=6,rcvbuf=65536,dack=40". Names: optlayout (linux,
// freebsd), mss, mss6, ws (the window's shift), rcvbuf, sndbuf, rcvmax, tso (bytes), dack, timewait, keepidle,
// keepintvl (milliseconds), keepcnt, sack, timestamps, scaling, ecn, cubic, rack, nagle (0 or 1), local, local6 (the
// address that connect leaves from without a bind).
struct SoFlags {
  Settings settings;
  OptionLayout layout = OptionLayout::linux_;
  IpAddr local_v4, local_v6;  // packetdrill's --local_ip, which it does not tell
};

// The error names the word that is wrong.
tl::expected<SoFlags, std::string> parse_so_flags(std::string_view text);

}  // namespace poise::l7::tcp
