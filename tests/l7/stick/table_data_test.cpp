#include <gtest/gtest.h>

#include "l7/stick/table.hpp"

namespace poise::l7::stick {
namespace {

constexpr Table::Visit now{0, 1'000'000};

Shape shape_of(std::initializer_list<Data> stored) {
  Shape shape{.type = KeyType::string, .length = 10, .size = 50};
  for (const Data data : stored) shape.store(data, is_rate(data) ? 1000 : 0);
  return shape;
}

std::string padded(std::string key) {
  key.resize(10);
  return key;
}

TEST(TableData, each_kind_has_a_name_and_is_found_by_it) {
  for (std::size_t i = 0; i < data_count; ++i) EXPECT_EQ(data_named(data_names[i]), Data(i));
  EXPECT_EQ(data_named("gpc7"), std::nullopt);
  EXPECT_TRUE(is_rate(Data::bytes_out_rate));
  EXPECT_FALSE(is_rate(Data::server_id));
}

TEST(TableData, all_kinds_stand_side_by_side) {
  Shape shape = shape_of({});
  for (std::size_t i = 0; i < data_count; ++i) shape.store(Data(i), is_rate(Data(i)) ? 1000 : 0);
  Table table(shape, 1, {});
  const std::uint32_t first = table.take(padded("a"), now), second = table.take(padded("b"), now);
  for (std::size_t i = 0; i < data_count; ++i) {
    table.add(first, Data(i), i + 1, now);
    table.add(second, Data(i), 100 * i, now);
  }
  for (std::size_t i = 0; i < data_count; ++i) {
    EXPECT_EQ(table.read(first, Data(i), now), i + 1) << data_names[i];
    EXPECT_EQ(table.read(second, Data(i), now), 100 * i) << data_names[i];
  }
  table.set(first, Data::gpt0, 7);
  table.take_away(first, Data::conn_cur, 3);
  EXPECT_EQ(table.read(first, Data::gpt0, now), 7u);
  EXPECT_EQ(table.read(first, Data::conn_cur, now), std::size_t(Data::conn_cur) + 1 - 3);
}

TEST(TableData, what_is_not_stored_is_zero) {
  Table table(shape_of({Data::gpc0}), 1, {});
  const std::uint32_t entry = table.take(padded("a"), now);
  table.count(entry, requests, 5, now);
  table.set(entry, Data::gpt0, 5);
  EXPECT_EQ(table.read(entry, Data::http_req_cnt, now) + table.read(entry, Data::http_req_rate, now), 0u);
  EXPECT_EQ(table.read(entry, Data::gpt0, now) + table.read(entry, Data::gpc0, now), 0u);
}

TEST(TableData, control_sees_what_there_is_and_removes_what_nobody_uses) {
  Table table(shape_of({Data::gpc0}), 1, {});
  table.set_expiry(1000);
  for (const char* key : {"a", "b", "c"}) table.release(table.take(padded(key), now));
  const std::uint32_t held = table.take(padded("b"), now);
  std::string shown;
  table.for_each({1, now.now_ms + 400}, [&](const Table::Shown& each) {
    shown += to_text(KeyType::string, table.key_of(each.entry)) + std::to_string(each.use) + ' ';
    EXPECT_EQ(each.expires_in_ms, 600u);
    return true;
  });
  EXPECT_EQ(shown.size(), 9u);
  EXPECT_NE(shown.find("b1 "), std::string::npos);
  EXPECT_NE(shown.find("a0 "), std::string::npos);
  EXPECT_TRUE(table.remove(padded("a"), now));
  EXPECT_FALSE(table.remove(padded("a"), now));
  EXPECT_FALSE(table.remove(padded("b"), now));
  EXPECT_EQ(table.clear(), 1u);
  table.release(held);
  EXPECT_EQ(table.clear(), 1u);
}

TEST(TableData, a_table_of_another_shape_takes_over_what_both_store) {
  Table old(shape_of({Data::gpc0, Data::gpt0, Data::conn_cur, Data::http_req_rate}), 1, {});
  const std::uint32_t entry = old.take(padded("a"), now);
  for (const Data data : {Data::gpc0, Data::gpt0, Data::conn_cur, Data::http_req_rate}) old.add(entry, data, 9, now);
  Table fresh(shape_of({Data::gpt0, Data::conn_cur, Data::http_req_rate, Data::bytes_in_cnt}), 1, {});
  const Table::Visit later{1, now.now_ms + 1500};
  fresh.take_over(old, later);
  const std::uint32_t same = fresh.find(padded("a"), later);
  ASSERT_NE(same, Table::none);
  EXPECT_EQ(fresh.read(same, Data::gpt0, later), 9u);
  EXPECT_EQ(fresh.read(same, Data::http_req_rate, later), 4u);  // half a period later
  EXPECT_EQ(fresh.read(same, Data::conn_cur, later), 0u);
  EXPECT_EQ(fresh.read(same, Data::gpc0, later), 0u);
}

}  // namespace
}  // namespace poise::l7::stick
