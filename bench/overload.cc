// What does the service do when everybody sends more than it can take? Starts `tocsin serve` in FOLDER with RULES; for SECONDS, SENDERS connections each of _bulk,
// HEC and syslog over TCP, and one of UDP, send without pause, while one more sender of _bulk sends the events of FILES at a rate that is no
// burden, one in each batch of which has to make an alert. Prints, each ten seconds, memory, what was taken, and how long the quiet sender's
// answers and alerts took; at the end for each source what its senders were told beside what the ledger says. Fails if these differ.
//
//   bench_overload PROGRAM FOLDER RULES SECONDS SENDERS FILE...      FOLDER must exist and be empty
#include "load_parts.h"

namespace tocsin {
namespace {

constexpr double kQuietBatchesASecond = 2;

/// What the senders of one source were told, all of them together.
struct Told {
  std::atomic<std::uint64_t> sent{0}, taken{0}, refused{0}, unknown{0};
};

std::uint64_t count_of(std::string_view text, std::string_view what) {
  std::uint64_t count = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size())) ++count;
  return count;
}

/// The same request of kBatch records again and again; for each answer `read` says how many of them were taken.
template <class Read>
void flood_http(std::uint16_t port, const std::string& request, Clock::time_point until, Told& told, Read&& read) {
  int socket = -1;
  while (Clock::now() < until) {
    if (socket < 0 && (socket = connect_to(port, SOCK_STREAM)) < 0) continue;
    const std::string answer = put(socket, request) ? answer_of(socket) : "";
    if (answer.empty()) {
      told.unknown += kBatch;
      ::close(socket);
      socket = -1;
      continue;
    }
    // A request that was refused before it was read (429 as a whole) is nothing that was received.
    if (answer.starts_with("HTTP/1.1 429")) {
      ::close(socket);
      socket = -1;
      continue;
    }
    const std::uint64_t taken = read(answer);
    told.sent += kBatch;
    told.taken += taken;
    told.refused += kBatch - taken;
  }
  ::close(socket);
}

void flood_syslog(std::uint16_t port, int type, Clock::time_point until, Told& told) {
  const std::string one = "<13>1 2026-11-23T08:00:00Z host app - - - " + std::string(400, 'z') + (type == SOCK_STREAM ? "\n" : "");
  std::string many;
  const std::size_t count = type == SOCK_STREAM ? 100 : 1;
  for (std::size_t i = 0; i < count; ++i) many += one;
  const int socket = connect_to(port, type);
  while (Clock::now() < until && put(socket, many)) told.sent += count;
  ::close(socket);
}

std::string request_of(const std::string& path, const std::string& authorization, const std::string& body) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: l\r\nAuthorization: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", path,
                     authorization, body.size(), body);
}

/// What the ledger says of a source beside what its senders were told.
bool print_source(const boost::json::value& status, const std::string& name, std::uint64_t sent, std::uint64_t taken, std::uint64_t refused,
                  std::uint64_t unknown) {
  for (const boost::json::value& source : status.at("sources").as_array()) {
    if (source.at("source").as_string() != name) continue;
    const auto number = [&](const char* key) { return source.at(key).to_number<std::uint64_t>(); };
    fmt::print("{}: sent {}, told taken {} and refused {}, without an answer {}; ledger: received {}, stored {}, refused {}, dropped {}\n", name, sent,
               taken, refused, unknown, number("received"), number("stored"), number("refused"), number("dropped"));
    const bool adds_up = number("received") == number("stored") + number("refused") + number("dropped");
    if (name == "syslog") return adds_up && number("received") == sent;
    const std::uint64_t more = number("received") - taken - refused;
    return adds_up && number("stored") >= taken && number("refused") >= refused && more <= unknown;
  }
  fmt::print("{} is not in the ledger\n", name);
  return false;
}

/// Memory in MB, four times a second until the end; a line each ten seconds.
std::vector<double> watch(pid_t service, const Plan& plan, Figures& figures, const Told& bulk, const Told& hec, Clock::time_point start) {
  std::vector<double> memory;
  std::size_t answers = 0, alerts = 0;
  for (int step = 1; seconds_since(start) < plan.seconds;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    const Cost cost = cost_of(service);
    memory.push_back(static_cast<double>(cost.pss_kb) / 1024);
    if (seconds_since(start) < 10 * step) continue;
    ++step;
    const std::lock_guard<std::mutex> lock(figures.mutex);
    const std::vector<double> new_answers(figures.answers.begin() + static_cast<std::ptrdiff_t>(answers), figures.answers.end());
    const std::vector<double> new_alerts(figures.alerts.begin() + static_cast<std::ptrdiff_t>(alerts), figures.alerts.end());
    answers = figures.answers.size();
    alerts = figures.alerts.size();
    fmt::print("{:.0f} s: {:.0f} MB (PSS), {} descriptors; bulk {} taken, hec {} taken; quiet sender: {} answers within {:.0f} ms, {} alerts within {:.0f} ms\n",
               seconds_since(start), memory.back(), cost.descriptors, bulk.taken.load(), hec.taken.load(), new_answers.size(),
               at_part(new_answers, 1) * 1e3, new_alerts.size(), at_part(new_alerts, 1) * 1e3);
    std::fflush(stdout);
  }
  return memory;
}

int run(const Plan& plan, const std::vector<std::string>& files) {
  const std::vector<Template> events = read_events(files);
  const std::string quiet = new_token(plan, "quiet", "bulk"), bulk = new_token(plan, "flood", "bulk"), hec = new_token(plan, "splunk", "hec");
  const pid_t service = start_service(plan);
  std::map<std::string, std::uint16_t> ports = wait_for_ports(plan);
  if (ports.empty() || events.empty()) return fmt::print(stderr, "the service does not start, or there are no events\n"), 2;

  std::string items, hec_events;
  for (std::size_t i = 0; i < kBatch; ++i) {
    std::string event;
    append_event(event, events[i % events.size()], "2026-11-23T08:00:00.000Z", i);
    items += "{\"create\":{\"_index\":\"logs\"}}\n" + event;
    hec_events += "{\"event\":" + event + "}";
  }
  Figures figures;
  Told told_bulk, told_hec, told_tcp, told_udp;
  std::atomic<bool> ended{false};
  const Clock::time_point start = Clock::now(), until = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(plan.seconds));
  std::thread watcher([&] { watch_alerts(plan.folder + "/data/state.db", figures, ended); });
  std::vector<std::thread> senders;
  senders.emplace_back([&] { Sender(ports["bulk"], quiet, events, 0, figures).run(until, kQuietBatchesASecond); });
  const std::string bulk_request = request_of("/_bulk", "ApiKey " + bulk, items), hec_request = request_of("/services/collector", "Splunk " + hec, hec_events);
  for (int i = 0; i < plan.connections; ++i) {
    senders.emplace_back([&] {
      flood_http(ports["bulk"], bulk_request, until, told_bulk, [](const std::string& answer) { return count_of(answer, "\"status\":201"); });
    });
    senders.emplace_back([&] {
      flood_http(ports["hec"], hec_request, until, told_hec, [](const std::string& answer) { return answer.starts_with("HTTP/1.1 200") ? kBatch : 0; });
    });
    senders.emplace_back([&] { flood_syslog(ports["syslog_tcp"], SOCK_STREAM, until, told_tcp); });
  }
  senders.emplace_back([&] { flood_syslog(ports["syslog_udp"], SOCK_DGRAM, until, told_udp); });

  const std::vector<double> memory = watch(service, plan, figures, told_bulk, told_hec, start);
  for (std::thread& sender : senders) sender.join();
  ended = true;
  watcher.join();
  ::kill(service, SIGTERM);
  int exit = 0;
  ::waitpid(service, &exit, 0);

  const boost::json::value status = status_of(plan);
  fmt::print("memory: {:.0f} MB (PSS) at most, {:+.2f} MB a minute over the second half\n", std::ranges::max(memory),
             slope_of({memory.begin() + static_cast<std::ptrdiff_t>(memory.size() / 2), memory.end()}) * static_cast<double>(memory.size()) / plan.seconds * 60);
  fmt::print("alerts of the quiet sender: {} of {} seen, median {:.0f} ms, 99 % within {:.0f} ms\n", figures.alerts.size(),
             figures.alerts.size() + figures.markers.size(), at_part(figures.alerts, 0.5) * 1e3, at_part(figures.alerts, 0.99) * 1e3);
  bool good = exit == 0;
  good &= print_source(status, "bulk/quiet", figures.sent, figures.taken, figures.refused, figures.failed);
  good &= print_source(status, "bulk/flood", told_bulk.sent, told_bulk.taken, told_bulk.refused, told_bulk.unknown);
  good &= print_source(status, "hec/splunk", told_hec.sent, told_hec.taken, told_hec.refused, told_hec.unknown);
  good &= print_source(status, "syslog", told_tcp.sent + told_udp.sent, 0, 0, 0);
  fmt::print("{}\n", good ? "the ledger says what the senders were told" : "THE LEDGER DIFFERS FROM WHAT THE SENDERS WERE TOLD");
  return good ? 0 : 1;
}

}  // namespace
}  // namespace tocsin

int main(int argc, char** argv) {
  if (argc < 7) {
    fmt::print(stderr, "bench_overload PROGRAM FOLDER RULES SECONDS SENDERS FILE...\n");
    return 2;
  }
  ::signal(SIGPIPE, SIG_IGN);
  tocsin::Plan plan{argv[1], argv[2], argv[3], std::stod(argv[4]), 0, std::stoi(argv[5])};
  return tocsin::run(plan, std::vector<std::string>(argv + 6, argv + argc));
}
