// Several senders at once that send more than the service can take, with a queue so small that it has to say no: what each was told is what the
// ledger says, plain syslog is made to wait, datagrams are counted, and every record that was taken has its alert. bench/overload.cc is the same
// with real sizes.
#include <atomic>
#include <sstream>

#include "serving.h"

namespace tocsin {
namespace {

std::uint64_t count_of(std::string_view text, std::string_view what) {
  std::uint64_t count = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size())) ++count;
  return count;
}

class Overload : public Serving {
 protected:
  /// An event of the scenario that makes alerts by itself, and how many.
  std::pair<std::string, std::uint64_t> alerting_event();
  std::uint64_t alerts_without_correlations();
};

std::uint64_t alerts_in(const std::string& ndjson) {
  std::uint64_t alerts = 0;
  std::istringstream lines(ndjson);
  for (std::string line; std::getline(lines, line);) alerts += json::parse(line).as_object().contains("events") ? 0 : 1;
  return alerts;
}

std::pair<std::string, std::uint64_t> Overload::alerting_event() {
  std::istringstream scenario(*Env::system().read_file(TOCSIN_SOURCE_DIR "/content/scenarios/intrusion/windows.ndjson", 1u << 20));
  for (std::string line; std::getline(scenario, line);) {
    EXPECT_TRUE(Env::system().write_file(folder_ + "/one.ndjson", line + "\n"));
    const std::uint64_t alerts = alerts_in(run({"scan", "--format", "ndjson", folder_ + "/one.ndjson"}, false));
    if (alerts > 0) return {line, alerts};
  }
  return {};
}

std::uint64_t Overload::alerts_without_correlations() { return alerts_in(run({"alerts", "--format", "ndjson", "--limit", "1000000"})); }

/// What one sender was told about its records.
struct Told {
  std::uint64_t sent = 0, taken = 0, refused = 0;
};

Told flood_bulk(const std::string& address, const std::string& token, const std::string& event, const std::atomic<bool>& enough) {
  Told told;
  Client client(address);
  const std::string filler = R"({"create":{"_index":"l"}})" "\n" R"({"message":")" + std::string(1'000, 'x') + "\"}\n";
  std::string body = R"({"create":{"_index":"l"}})" "\n" + event + "\n";
  for (int i = 0; i < 99; ++i) body += filler;
  while (!enough) {
    const std::string answer = client.post("/_bulk", "ApiKey " + token, body);
    EXPECT_NE(answer, "");
    told.sent += 100;
    told.taken += count_of(answer, "\"status\":201");
    told.refused += count_of(answer, "\"status\":429");
  }
  return told;
}

Told flood_hec(const std::string& address, const std::string& token, const std::atomic<bool>& enough) {
  Told told;
  Client client(address);
  std::string body;
  for (int i = 0; i < 100; ++i) body += R"({"event":")" + std::string(1'000, 'y') + "\"}";
  while (!enough && client.good()) {
    // Busy is status 503, for which post() gives nothing.
    const bool taken = !client.post("/services/collector", "Splunk " + token, body).empty();
    EXPECT_TRUE(client.good());
    told.sent += 100;
    (taken ? told.taken : told.refused) += 100;
  }
  return told;
}

/// Until the service takes it: a plain sender is made to wait.
Told flood_syslog(const std::string& address, int type, const std::atomic<bool>& enough) {
  Told told;
  const int socket = connect_to(address, type);
  const std::string message = "<13>1 2026-11-23T08:00:00Z host app - - - " + std::string(500, 'z') + (type == SOCK_STREAM ? "\n" : "");
  while (!enough) {
    for (std::string_view rest = message; !rest.empty();) {
      const ssize_t put = ::send(socket, rest.data(), rest.size(), MSG_NOSIGNAL);
      EXPECT_GT(put, 0);
      if (put <= 0) return told;
      rest.remove_prefix(static_cast<std::size_t>(put));
    }
    ++told.sent;
  }
  ::close(socket);
  return told;
}

TEST_F(Overload, EveryRecordIsCountedAsItsSenderWasTold) {
  const auto [event, alerts_each] = alerting_event();
  ASSERT_GT(alerts_each, 0u);
  const std::string bulk = new_token("flood", "bulk"), other = new_token("other", "bulk"), hec = new_token("splunk", "hec");
  const std::unique_ptr<Process> service = serve("0", {"--queue-bytes", "300KB"});
  std::atomic<bool> enough{false};
  Told floods[4], hecs[2], tcps[2], udp;
  std::vector<std::thread> senders;
  for (Told& told : floods) senders.emplace_back([&, event = event] { told = flood_bulk(address("bulk"), bulk, event, enough); });
  for (Told& told : hecs) senders.emplace_back([&] { told = flood_hec(address("hec"), hec, enough); });
  for (Told& told : tcps) senders.emplace_back([&] { told = flood_syslog(address("syslog_tcp"), SOCK_STREAM, enough); });
  senders.emplace_back([&] { udp = flood_syslog(address("syslog_udp"), SOCK_DGRAM, enough); });

  // Beside them one that sends little is never refused for long.
  Client quiet(address("bulk"));
  std::uint64_t quiet_taken = 0, quiet_refused = 0;
  const std::string body = R"({"create":{"_index":"l"}})" "\n" R"({"n":1})" "\n";
  for (int i = 0; i < 500 && (quiet_taken < 50 || ledger("bulk/flood").refused == 0); ++i) {
    const std::string answer = quiet.post("/_bulk", "ApiKey " + other, body);
    ASSERT_NE(answer, "");
    (count_of(answer, "\"status\":201") == 1 ? quiet_taken : quiet_refused) += 1;
  }
  enough = true;
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(service->end(SIGTERM), 0) << text("serve.out");

  Told flood, hec_told;
  for (const Told& told : floods) flood.sent += told.sent, flood.taken += told.taken, flood.refused += told.refused;
  for (const Told& told : hecs) hec_told.taken += told.taken, hec_told.refused += told.refused;
  EXPECT_GT(flood.refused, 0u);
  EXPECT_EQ(flood.sent, flood.taken + flood.refused);
  EXPECT_EQ(ledger("bulk/flood"), (Ledger{flood.sent, flood.taken, flood.refused, 0}));
  EXPECT_EQ(ledger("hec/splunk"), (Ledger{hec_told.taken + hec_told.refused, hec_told.taken, hec_told.refused, 0}));
  EXPECT_EQ(ledger("bulk/other"), (Ledger{quiet_taken + quiet_refused, quiet_taken, quiet_refused, 0}));
  const Ledger syslog = ledger("syslog");
  const std::uint64_t sent = tcps[0].sent + tcps[1].sent + udp.sent;
  EXPECT_EQ(syslog.received, syslog.stored + syslog.dropped);
  EXPECT_EQ(syslog.received, sent) << syslog.dropped << " dropped, " << udp.sent << " datagrams";
  EXPECT_LE(syslog.dropped, udp.sent);
  EXPECT_EQ(status().at("records").at("looked_at"), status().at("records").at("safe"));
  EXPECT_EQ(alerts_without_correlations(), flood.taken / 100 * alerts_each);
  std::printf("bulk: %zu sent, %zu taken, %zu refused; hec: %zu taken, %zu refused; syslog: %zu sent, %zu of %zu datagrams dropped; quiet: %zu taken, %zu refused\n",
              flood.sent, flood.taken, flood.refused, hec_told.taken, hec_told.refused, sent, syslog.dropped, udp.sent, quiet_taken, quiet_refused);
}

}  // namespace
}  // namespace tocsin
