#include "api/login_tickets.h"

#include <gtest/gtest.h>

namespace tocsin::api {
namespace {

constexpr TimeUs kNow = 1'800'000'000'000'000;

TEST(LoginTickets, OpenToTheSameAttempt) {
  const LoginTickets tickets(std::string(32, 'k'));
  const std::string ticket = *tickets.make(kNow), other = *tickets.make(kNow);
  const auto attempt = tickets.open(ticket, kNow), again = tickets.open(ticket, kNow + kTicketUs);
  ASSERT_TRUE(attempt && again);
  EXPECT_EQ(attempt->state, again->state);
  EXPECT_EQ(attempt->started, kNow);
  EXPECT_NE(attempt->state, tickets.open(other, kNow)->state);
  EXPECT_NE(attempt->state, attempt->nonce);
  EXPECT_NE(attempt->verifier, attempt->nonce);
  EXPECT_GE(attempt->verifier.size(), 43u);  // RFC 7636, section 4.1
  EXPECT_LE(attempt->verifier.size(), 128u);
}

TEST(LoginTickets, ThatAreNotOursOrTooOldDoNotOpen) {
  const LoginTickets tickets(std::string(32, 'k')), others(std::string(32, 'o'));
  const std::string ticket = *tickets.make(kNow);
  EXPECT_FALSE(tickets.open(ticket, kNow + kTicketUs + 1));
  EXPECT_FALSE(tickets.open(ticket, kNow - 1));
  EXPECT_FALSE(others.open(ticket, kNow));
  EXPECT_FALSE(tickets.open("", kNow));
  for (std::size_t at = 0; at < ticket.size(); ++at) {
    std::string changed = ticket;
    changed[at] = changed[at] == '0' ? '1' : '0';
    EXPECT_FALSE(tickets.open(changed, kNow)) << at;
  }
}

TEST(LoginTickets, AreGoodOnceAndNotWithoutEnd) {
  LoginTickets tickets(std::string(32, 'k'));
  EXPECT_TRUE(tickets.use("a", kNow));
  EXPECT_FALSE(tickets.use("a", kNow + kTicketUs));
  for (std::size_t i = 1; i < kUsedTicketsMax; ++i) EXPECT_TRUE(tickets.use(std::to_string(i), kNow + 1));
  EXPECT_FALSE(tickets.use("b", kNow + kTicketUs)) << "as many as are remembered";
  EXPECT_TRUE(tickets.use("b", kNow + kTicketUs + 1)) << "the first is too old to come back";
}

}  // namespace
}  // namespace tocsin::api
