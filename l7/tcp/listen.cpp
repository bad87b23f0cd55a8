#include <algorithm>

#include "l7/tcp/core.hpp"

// Half open passive connections: a row of the SYN cache each, or no memory at all (RFC 4987).
namespace poise::l7::tcp {
namespace {

constexpr std::uint32_t syn_ack_timeout_ms = 1000;

std::optional<std::uint8_t> application_of(const Core& core, const Segment& segment) {
  const IpAddr any = segment.destination.is_v4() ? IpAddr::v4(0) : IpAddr{};
  for (const IpAddr& address : {segment.destination, any}) {
    const auto found = core.listeners.find({address, segment.destination_port});
    if (found != core.listeners.end()) return found->second;
  }
  return std::nullopt;
}

Tuple tuple_of(const Segment& segment) {
  return {segment.destination, segment.source, segment.destination_port, segment.source_port};
}

// The minutes of SYN cookies.
std::uint32_t minute(const Core& core) { return std::uint32_t(core.clock_us / 60'000'000); }

SynEntry entry_of(const Core& core, const Segment& segment, std::uint8_t application) {
  const Settings& settings = core.settings;
  const Options& options = segment.options;
  SynEntry entry{};
  entry.tuple = tuple_of(segment);
  entry.irs = segment.sequence;
  entry.mss = peer_mss(segment);
  entry.window = segment.window;
  entry.application = application;
  entry.bits = syn_in_use;
  if (options.timestamps && settings.timestamps) {
    entry.bits |= syn_timestamps;
    entry.ts_recent = options.timestamps->value;
  }
  if (options.sack_permitted && settings.sack) entry.bits |= syn_sack;
  if (options.window_shift && settings.window_scaling) {
    entry.bits |= syn_scaling;
    entry.snd_shift = *options.window_shift;
  }
  if (settings.ecn && segment.has(flag_ece) && segment.has(flag_cwr)) entry.bits |= syn_ecn;
  return entry;
}

// `echoed`: the timestamp, where it has to carry a cookie's facts.
bool send_syn_ack(Core& core, const SynEntry& entry, std::optional<std::uint32_t> echoed = {}) {
  Segment segment = segment_from(entry.tuple, flag_syn | flag_ack);
  segment.sequence = entry.iss;
  segment.acknowledgment = entry.irs + 1;
  if ((entry.bits & syn_ecn) != 0) segment.flags |= flag_ece;
  segment.window = initial_window(core.settings);
  segment.options.mss = own_mss(core.settings, entry.tuple.local);
  segment.options.sack_permitted = (entry.bits & syn_sack) != 0;
  if ((entry.bits & syn_scaling) != 0) segment.options.window_shift = window_shift_of(core.settings);
  if ((entry.bits & syn_timestamps) != 0)
    segment.options.timestamps =
        Timestamps{echoed.value_or(core.now_ms() + timestamp_offset(core.secret, entry.tuple)), entry.ts_recent};
  return send_control(core, segment);
}

void set_syn_timer(Core& core, std::uint32_t row) {
  core.syn_timers.schedule(row, core.now_ms() + (syn_ack_timeout_ms << core.syns[row].times_sent));
}

void remove_entry(Core& core, std::uint32_t row) {
  core.syn_timers.cancel(row);
  core.syns[row].bits = 0;
  core.free_syns.give_back(row);
}

void forget_entry(Core& core, std::uint32_t row) {
  core.lookup.erase(core.hash_of(core.syns[row].tuple), Reference::of(Kind::syn, row).value);
  remove_entry(core, row);
}

void answer_with_cookie(Core& core, SynEntry& entry, std::uint16_t peer_mss) {
  core.counters.add(Counter::cookies_out);
  entry.iss = core.cookies.make(entry.tuple, entry.irs, minute(core), peer_mss);
  CookieFacts facts{
      .window_shift = std::nullopt, .sack_permitted = (entry.bits & syn_sack) != 0, .ecn = (entry.bits & syn_ecn) != 0};
  if ((entry.bits & syn_scaling) != 0) facts.window_shift = entry.snd_shift;
  if ((entry.bits & syn_timestamps) == 0) entry.bits &= std::uint8_t(~(syn_sack | syn_scaling | syn_ecn));
  send_syn_ack(core, entry, with_facts(core.now_ms() + timestamp_offset(core.secret, entry.tuple), facts));
}

void receive_syn(Core& core, const Arrival& arrival, std::uint8_t application) {
  const Segment& segment = arrival.segment;
  core.counters.add(Counter::syns_in);
  SynEntry entry = entry_of(core, segment, application);
  const std::size_t in_use = core.syns.size() - core.free_syns.rows.size();
  const bool is_crowded = in_use * 4 >= core.syns.size() * 3 || !is_held_below(core, 80);
  const std::uint32_t row = is_crowded ? FreeRows::no_row : core.free_syns.take();
  if (row == FreeRows::no_row) {
    core.counters.add(Counter::syn_cache_full);
    answer_with_cookie(core, entry, entry.mss);
    return;
  }
  entry.iss = initial_sequence(core.secret, entry.tuple, Instant(std::chrono::microseconds(core.clock_us)));
  entry.sent_us = core.now_us();
  core.syns[row] = entry;
  if (!core.lookup.insert(core.hash_of(entry.tuple), Reference::of(Kind::syn, row).value)) {
    core.free_syns.give_back(row);
    return;
  }
  send_syn_ack(core, entry);
  set_syn_timer(core, row);
}

// A connection from a half open one, with the segment that completed it. `reference`: what stands for it in the lookup.
void open(Core& core, const SynEntry& entry, const Arrival& arrival, std::optional<Reference> reference) {
  const bool has_place = is_held_below(core, 80);
  if (!has_place) core.counters.add(Counter::buffers_full);
  Connection* connection = has_place ? make_connection(core, entry.tuple, entry.application) : nullptr;
  if (connection == nullptr) return;
  const Reference own = Reference::of(Kind::connection, core.row_of(*connection));
  const std::uint64_t hash = core.hash_of(entry.tuple);
  if (reference) {
    core.lookup.replace(hash, reference->value, own.value);
    remove_entry(core, reference->index());
  } else if (!core.lookup.insert(hash, own.value)) {
    core.free_connections.give_back(own.index());
    connection->bits &= bit_outgoing | bit_ready;
    return;
  }
  core.counters.add(Counter::opened_passive);
  connection->state = State::syn_received;
  connection->snd_una = entry.iss;
  connection->snd_nxt = entry.iss + 1;
  connection->rcv_nxt = connection->ack_sent = entry.irs + 1;
  connection->rcv_adv = entry.irs + 1 + initial_window(core.settings);
  connection->snd_wl1 = entry.irs;
  connection->snd_wnd = connection->snd_wnd_max = entry.window;
  connection->ts_recent = entry.ts_recent;
  connection->ts_recent_ms = core.now_ms();
  if ((entry.bits & syn_timestamps) != 0) connection->set(bit_timestamps);
  if ((entry.bits & syn_sack) != 0) connection->set(bit_sack);
  if ((entry.bits & syn_ecn) != 0) connection->set(bit_ecn);
  if ((entry.bits & syn_scaling) != 0) {
    connection->snd_shift = entry.snd_shift;
    connection->rcv_shift = window_shift_of(core.settings);
  }
  connection->mss = std::min(entry.mss, own_mss(core.settings, entry.tuple.local));
  begin_congestion(core, *connection);
  if (entry.times_sent > 0) {  // RFC 6298 5.7, RFC 5681 3.1
    connection->round_trip.on_late_handshake();
    connection->congestion.on_handshake_loss();
  } else if (reference) {
    connection->round_trip.sample(std::chrono::microseconds(core.now_us() - entry.sent_us));
  }
  receive(core, *connection, arrival);
}

// An acknowledgment of no connection: of a cookie?
bool open_by_cookie(Core& core, const Arrival& arrival, std::uint8_t application) {
  const Segment& segment = arrival.segment;
  if (core.counters.read(Counter::cookies_out) == 0) return false;  // none was ever sent
  const Sequence peer_initial = segment.sequence - 1, cookie = segment.acknowledgment - 1;
  const auto mss = core.cookies.check(tuple_of(segment), peer_initial, minute(core), cookie);
  if (!mss) {
    core.counters.add(Counter::cookies_bad);
    return false;
  }
  core.counters.add(Counter::cookies_good);
  SynEntry entry{};
  entry.tuple = tuple_of(segment);
  entry.irs = peer_initial;
  entry.iss = cookie;
  entry.mss = *mss;
  entry.window = segment.window;
  entry.application = application;
  if (segment.options.timestamps && core.settings.timestamps) {
    const CookieFacts facts = facts_of(segment.options.timestamps->echo);
    entry.ts_recent = segment.options.timestamps->value;
    entry.bits = syn_timestamps;
    if (facts.sack_permitted && core.settings.sack) entry.bits |= syn_sack;
    if (facts.ecn && core.settings.ecn) entry.bits |= syn_ecn;
    if (facts.window_shift && core.settings.window_scaling) {
      entry.bits |= syn_scaling;
      entry.snd_shift = *facts.window_shift;
    }
  }
  open(core, entry, arrival, std::nullopt);
  return true;
}

void answer_half_open(Core& core, std::uint32_t row) {
  const SynEntry& entry = core.syns[row];
  Segment segment = segment_from(entry.tuple, flag_ack);
  segment.sequence = entry.iss + 1;
  segment.acknowledgment = entry.irs + 1;
  segment.window = initial_window(core.settings);
  if ((entry.bits & syn_timestamps) != 0)
    segment.options.timestamps =
        Timestamps{core.now_ms() + timestamp_offset(core.secret, entry.tuple), entry.ts_recent};
  core.counters.add(Counter::challenge_acks);
  send_control(core, segment);
}

}  // namespace

// RFC 9293 3.10.7.1 and 3.10.7.2.
void receive_unknown(Core& core, const Arrival& arrival) {
  const Segment& segment = arrival.segment;
  const auto application = application_of(core, segment);
  if (!application) {
    const Tuple tuple{segment.destination, segment.source, segment.destination_port, segment.source_port};
    core.counters.add(Counter::refused_no_listener);
    if (!core.source_ports.is_ours(tuple)) core.counters.add(Counter::wrong_core);
    answer_with_reset(core, segment);
    return;
  }
  if (segment.has(flag_rst)) return;
  if (segment.has(flag_ack)) {
    if (segment.has(flag_syn) || !open_by_cookie(core, arrival, *application)) answer_with_reset(core, segment);
    return;
  }
  if (segment.has(flag_syn) && !segment.has(flag_fin)) receive_syn(core, arrival, *application);
}

// RFC 9293 3.10.7.4 of SYN-RECEIVED, with RFC 5961's answers.
void receive_half_open(Core& core, std::uint32_t row, const Arrival& arrival) {
  SynEntry& entry = core.syns[row];
  const Segment& segment = arrival.segment;
  const Sequence rcv_nxt = entry.irs + 1;
  if (segment.has(flag_syn) && !segment.has(flag_ack) && !segment.has(flag_rst) && segment.sequence == entry.irs) {
    if (may_challenge(core, row)) send_syn_ack(core, entry);  // it may be that ours was lost
    return;
  }
  const std::uint32_t window = initial_window(core.settings);
  const std::uint32_t offset = segment.sequence.value - rcv_nxt.value;
  const bool is_acceptable = offset < window;
  const auto& timestamps = segment.options.timestamps;
  const bool is_old = (entry.bits & syn_timestamps) != 0 && timestamps && !segment.has(flag_rst) &&
                      std::int32_t(timestamps->value - entry.ts_recent) < 0;
  if (!is_acceptable || is_old) {
    core.counters.add(is_old ? Counter::paws : Counter::unacceptable);
    if (!segment.has(flag_rst) && may_challenge(core, row)) answer_half_open(core, row);
    return;
  }
  if (segment.has(flag_rst) || segment.has(flag_syn)) {
    if (segment.has(flag_rst) && offset == 0)
      forget_entry(core, row);
    else if (may_challenge(core, row))
      answer_half_open(core, row);
    return;
  }
  if (!segment.has(flag_ack)) return;
  if (segment.acknowledgment != entry.iss + 1) {
    answer_with_reset(core, segment);
    return;
  }
  open(core, SynEntry(entry), arrival, Reference::of(Kind::syn, row));
}

void on_syn_timer(Core& core, std::uint32_t row) {
  SynEntry& entry = core.syns[row];
  if (++entry.times_sent > core.settings.syn_ack_retries_max) {
    forget_entry(core, row);
    return;
  }
  core.counters.add(Counter::resent);
  send_syn_ack(core, entry);
  set_syn_timer(core, row);
}

}  // namespace poise::l7::tcp
