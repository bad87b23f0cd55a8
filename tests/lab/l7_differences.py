"""Where poised does otherwise than haproxy 2.6, and why. test_l7_haproxy.py fails on a difference that is not here, and
on one here that is none. docs/l7.md tells of them in prose."""

REFUSED = ("heard", "backend", "server", "timers", "status", "state", "captures", "request")

# conversation: (why, what differs). "bytes" of HTTP are not compared: haproxy counts its own form of a message in
# memory, poised the bytes that it sends, which another test holds against what the client heard.
_TABLE = {
    "no host": ("RFC 9112 3.2 wants 400", REFUSED),
    "a version beyond": ("a version that nobody has defined is not forwarded", REFUSED),
    "a NUL in a field": ("RFC 9110 5.5: it is dangerous, so it is refused", REFUSED),
    "DEL in a field": ("no character of a field", REFUSED),
    "a folded field": ("RFC 9112 5.2 lets a server refuse it; others read it otherwise", REFUSED),
    "length and chunks": ("the mark of request smuggling: RFC 9112 6.3 lets a server refuse it", REFUSED),
    "another coding": ("RFC 9112 6.1 wants 501", ("heard", "status")),
    "a head beyond all limits": ("RFC 6585 has 431 for it", ("heard", "status")),
    "HTTP/2's preface": ("HTTP/2 is not spoken", ("heard", "lines")),
    "a bad chunk": ("the head has gone to the server before the body is read; haproxy had both in one piece",
                    ("heard", "backend", "server", "timers", "state", "captures", "request")),
    "the server's chunk is none": ("the head has gone to the client before the body is read; haproxy had both in one piece",
                                   ("heard", "timers", "status", "state")),
    "chunks to HTTP/1.0": ("HTTP/1.0 knows no chunks (RFC 9112 7.1): the body ends with the connection", ("heard",)),
    "an absolute target": ("RFC 9112 3.2.2: absolute form is for proxies; the server is asked as an origin is",
                           ("heard", "captures")),
    "fields of one hop": ("RFC 9110 7.6.1: what Connection names, and TE and Keep-Alive, end here", ("heard",)),
    "the client's body stalls": ("the client is slow, not the server: 408 and `c`, by the client's timeout",
                                 ("heard", "timers", "status", "state")),
    "the client's body stalls, and the server has more time": ("likewise", ("heard", "timers", "status", "state")),
    "the client ends in its body": ("it may still read, and hears 400", ("heard", "status")),
    "the client leaves while the server thinks": ("a reset connection reads no response: the server is freed at once",
                                                  ("timers", "status", "state", "captures")),
    "the server refuses early": ("the server has answered and closed, so the session is over; haproxy waits for the body's "
                                 "rest until the client's timeout", ("timers", "state")),
    "tcp reset by the server": ("a reset is passed on as one: the client must not take what it has for whole",
                                ("heard",)),
    "tcp, the client leaves while it is connected": ("the phase is that of the connection to the server, as haproxy's "
                                                     "manual has it (8.5)", ("state",)),
}
DIFFERENCES = {name: keys for name, (_, keys) in _TABLE.items()}

# Columns of the CSV that may differ, and why; all others are the same to the last cell.
_COLUMNS = {
    "haproxy counts its own form of a message, poised the bytes of the connections": "bin bout",
    "haproxy hands down the limit of the process": "slim",
    "the seconds of the two are not the same ones": "rate rate_max req_rate req_rate_max conn_rate conn_rate_max lastsess",
    "haproxy leaves out of its times what has had no response; the means are of samples weighted otherwise":
        "qtime ctime rtime ttime qtime_max ctime_max rtime_max ttime_max",
    "poised takes an idle connection for any request that can be sent again; haproxy not for the first of a client":
        "connect reuse srv_icur safe_conn_cur idle_conn_cur need_conn_est",
    "haproxy shows them to an administrator only": "addr algo",
    "poised does not count requests of a server apart from its sessions": "req_tot",
    "rules, health and what nobody uses here: empty, or counted since another time":
        "dresp lastchg chkdown downtime rate_lim dcon dses wrew eint agg_server_status agg_server_check_status agg_check_status",
    "compression, cache, TLS and HTTP/2: there are none": (
        "comp_in comp_out comp_byp comp_rsp cache_lookups cache_hits ssl_sess ssl_reused_sess ssl_failed_handshake "
        "h2_headers_rcvd h2_data_rcvd h2_settings_rcvd h2_rst_stream_rcvd h2_goaway_rcvd h2_detected_conn_protocol_errors "
        "h2_detected_strm_protocol_errors h2_rst_stream_resp h2_goaway_resp h2_open_connections h2_backend_open_streams "
        "h2_total_connections h2_backend_total_streams"),
    "counters of a part that is haproxy's own": (
        "h1_open_connections h1_open_streams h1_total_connections h1_total_streams h1_bytes_in h1_bytes_out "
        "h1_spliced_bytes_in h1_spliced_bytes_out"),
}
CSV_DIFFERENCES = {column for columns in _COLUMNS.values() for column in columns.split()}
