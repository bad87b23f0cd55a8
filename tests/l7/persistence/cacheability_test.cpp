#include "l7/persistence/cacheability.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace poise::l7::persistence {
namespace {

using Fields = std::vector<std::pair<std::string_view, std::string_view>>;

bool judge(http1::Method method, std::uint16_t status, const Fields& fields) {
  Cacheability cacheability;
  for (const auto& [name, value] : fields) cacheability.see(name, value);
  return cacheability.judge(method, status);
}

TEST(Cacheability, is_what_a_cache_might_keep) {
  struct Row {
    Fields fields;
    bool is_cacheable;
  };
  for (const auto& [fields, is_cacheable] : {
           Row{{}, false},
           Row{{{"ETag", "\"a\""}}, true},
           Row{{{"last-modified", "x"}}, true},
           Row{{{"Expires", "x"}}, true},
           Row{{{"cache-control", "max-age=10"}}, true},
           Row{{{"cache-control", "Public"}}, false},  // nothing says how long
           Row{{{"cache-control", "no-store"}, {"ETag", "a"}}, false},
           Row{{{"cache-control", "NO-CACHE"}, {"ETag", "a"}}, false},
           Row{{{"cache-control", "private"}, {"ETag", "a"}}, false},
           Row{{{"cache-control", "private"}, {"cache-control", "public"}, {"ETag", "a"}}, true},
           Row{{{"cache-control", "public, no-store"}, {"ETag", "a"}}, false},
           Row{{{"cache-control", "no-cache=\"set-cookie\""}, {"ETag", "a"}}, true},
           Row{{{"cache-control", "max-age=0"}, {"ETag", "a"}}, false},
           Row{{{"cache-control", "max-age=0, s-maxage=5"}}, true},
           Row{{{"cache-control", "s-maxage=5, max-age=0"}}, false},
           Row{{{"cache-control", "s-maxage=0, max-age=5"}}, false},
           Row{{{"pragma", "no-cache"}, {"ETag", "a"}}, false},
       })
    EXPECT_EQ(judge(http1::Method::get, 200, fields), is_cacheable) << (fields.empty() ? "" : fields[0].second);
}

TEST(Cacheability, method_and_status_must_be_ones_that_caches_keep) {
  const Fields fields = {{"etag", "a"}};
  EXPECT_TRUE(judge(http1::Method::head, 200, fields));
  EXPECT_TRUE(judge(http1::Method::get, 404, fields));
  EXPECT_FALSE(judge(http1::Method::get, 302, fields));
  EXPECT_FALSE(judge(http1::Method::get, 500, fields));
  EXPECT_FALSE(judge(http1::Method::post, 200, fields));
}

}  // namespace
}  // namespace poise::l7::persistence
