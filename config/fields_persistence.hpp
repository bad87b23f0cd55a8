#pragma once
#include "config/choices_persistence.hpp"
#include "config/fields.hpp"
#include "config/types/limits.hpp"

// Field tables: cookies and tables that keep clients with their server, and count what they do.
namespace poise::config {

template <>
inline constexpr auto fields<CookiePersistence> = std::array{
    field<&CookiePersistence::name>("name", {.required = true}, "name of the cookie"),
    field<&CookiePersistence::mode>("mode", {}, "whose cookie it is"),
    field<&CookiePersistence::indirect>("indirect", {},
                                        "servers do not see the cookie, and who has the right one is not sent it "
                                        "again"),
    field<&CookiePersistence::nocache>("nocache", {},
                                       "a response that a cache might keep gets `cache-control: private` with the "
                                       "cookie"),
    field<&CookiePersistence::postonly>("postonly", {}, "the cookie is set in responses to POST only"),
    field<&CookiePersistence::preserve>("preserve", {},
                                        "a cookie of that name that the server sets stays, and is not replaced"),
    field<&CookiePersistence::httponly>("httponly", {}, "with attribute HttpOnly"),
    field<&CookiePersistence::secure>("secure", {}, "with attribute Secure"),
    field<&CookiePersistence::domains>("domains", {.count_max = limits::cookie_attributes}, "with these domains"),
    field<&CookiePersistence::attributes>("attributes", {.count_max = limits::cookie_attributes},
                                          "with these attributes besides, such as \"SameSite=Lax\""),
    field<&CookiePersistence::idle_max_s>("idle_max_s", {.max = 1u << 30},
                                          "a cookie that was not seen for so long counts no more; 0: no limit"),
    field<&CookiePersistence::life_max_s>("life_max_s", {.max = 1u << 30},
                                          "a cookie that is so old counts no more, used or not; 0: no limit"),
    field<&CookiePersistence::dynamic>("dynamic", {},
                                       "servers without a value of their own get one made of their address and port "
                                       "and dynamic_key, the same on every node and in HAProxy"),
    field<&CookiePersistence::dynamic_key>("dynamic_key", {.secret = true}, "any text; for `dynamic`")};

template <>
inline constexpr auto fields<CookieCapture> = std::array{
    field<&CookieCapture::name>("name", {.required = true},
                                "how its name begins; with \"=\" behind it: the whole name"),
    field<&CookieCapture::length_max>("length_max", {.min = 1, .max = 1024}, "name and value; what is longer is cut")};

template <>
inline constexpr auto fields<StickStore> =
    std::array{field<&StickStore::data>("data", {.required = true}, "what is kept"),
               field<&StickStore::period_ms>("period_ms", {.min = 1, .max = 2'147'483'647}, "the period of a rate")};

template <>
inline constexpr auto fields<StickTable> = std::array{
    field<&StickTable::type>("type", {}, "what its keys are"),
    field<&StickTable::length_max>("length_max", {.min = 1, .max = limits::stick_key_bytes},
                                   "of keys of types string and binary"),
    field<&StickTable::size>("size", {.min = 1, .max = limits::stick_entries, .required = true},
                             "entries that it has room for; its memory is taken at once"),
    field<&StickTable::expire_ms>("expire_ms", {.max = 2'147'483'647},
                                  "an entry goes that was not used for so long; 0: only when its place is wanted"),
    field<&StickTable::nopurge>("nopurge", {}, "a full table takes no new entries, instead of letting the oldest go"),
    field<&StickTable::store>("store", {.count_max = limits::stick_data, .key = "data"}, "what an entry holds")};

template <>
inline constexpr auto fields<StickRule> =
    std::array{field<&StickRule::action>("action", {}, "what the rule does"),
               field<&StickRule::key>("key", {}, "what is looked up in the table"),
               field<&StickRule::name>("name", {}, "the header, cookie or parameter"),
               field<&StickRule::table>("table", {.format = Format::name, .required = true}, "name in stick_tables")};

template <>
inline constexpr auto fields<TrackRule> = std::array{
    field<&TrackRule::counter>("counter", {.max = 2},
                               "which of the three counters: sc0, sc1, sc2; unset: by its place in the list"),
    field<&TrackRule::key>("key", {}, "whose entry it is"),
    field<&TrackRule::name>("name", {}, "the header, cookie or parameter"),
    field<&TrackRule::table>("table", {.format = Format::name, .required = true}, "name in stick_tables"),
    field<&TrackRule::place>("place", {},
                             "how long it is tracked; unset: as a connection when the key is src, else as a request")};

}  // namespace poise::config
