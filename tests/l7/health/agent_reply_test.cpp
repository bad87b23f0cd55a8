#include "l7/health/agent_reply.hpp"

#include <gtest/gtest.h>

namespace poise::l7::health {
namespace {

using Admin = AgentReply::Admin;
using Operation = AgentReply::Operation;

TEST(AgentReply, words_say_what_the_server_is_to_be) {
  struct Row {
    const char* text;
    AgentReply reply;
  };
  for (const Row& row : {
           Row{"", {}},
           Row{"up\n", {.operation = Operation::up, .word = "up"}},
           Row{"UP\r\n", {.operation = Operation::up, .word = "up"}},
           Row{"down", {.operation = Operation::down, .word = "down"}},
           Row{"stopped # for a while\n", {.operation = Operation::down, .word = "stopped", .text = "for a while"}},
           Row{"fail disk is full\n", {.operation = Operation::down, .word = "fail", .text = "disk is full"}},
           Row{"drain\n", {.admin = Admin::drain}},
           Row{"maint", {.admin = Admin::maint}},
           Row{"ready,up\t75%\n",
               {.admin = Admin::ready, .operation = Operation::up, .word = "up", .weight = 75u, .is_percent = true}},
           Row{"50\n", {.weight = 50u}},
           Row{"200%\n", {.weight = 200u, .is_percent = true}},
           Row{"maxconn:30 up", {.operation = Operation::up, .word = "up", .connections_max = 30u}},
           Row{"down up", {.operation = Operation::down, .word = "down", .text = "up"}},
           Row{"up\nmaint", {.operation = Operation::up, .word = "up"}},
       })
    EXPECT_EQ(parse_agent_reply(row.text), row.reply) << row.text;
}

TEST(AgentReply, what_means_nothing_is_named) {
  for (const char* text : {"perhaps", "%", "-1%", "1e3", "257", "99999999999%", "maxconn:", "maxconn:-1", "12x%"}) {
    const AgentReply reply = parse_agent_reply(text);
    EXPECT_EQ(reply.unknown, text);
    EXPECT_EQ(reply.weight, std::nullopt) << text;
    EXPECT_EQ(reply.connections_max, std::nullopt) << text;
  }
  EXPECT_EQ(parse_agent_reply("up often down").unknown, "often");
}

}  // namespace
}  // namespace poise::l7::health
