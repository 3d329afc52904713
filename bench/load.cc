// What does the service carry? Starts `tocsin serve` in FOLDER with RULES and sends it the events of FILES (NDJSON) in a loop, in _bulk batches of 500, each
// event with a time and a record number of its own, over CONNECTIONS connections for SECONDS; RATE events a second, or 0: as many as it takes. One event of each
// batch has to make an alert, which is waited for. Prints what was acknowledged and refused, how long answers and alerts
// took, the memory of the service (PSS, all processes) at its peak and its CPU time, and, when it has stopped, the ledger and what lies on the disk. Each minute
// it prints memory (also without what is of files) and descriptors, and at the end how fast they grew: an hour of it is a soak. Fails only if the ledger does not add up.
//
//   bench_load PROGRAM FOLDER RULES SECONDS RATE CONNECTIONS FILE...      FOLDER must exist and be empty
//   bench_load PROGRAM FOLDER RULES SECONDS RATE MIX                      each file in the folder MIX (bench/mix.py) is a source with an equal share of
//                                                                         RATE: NDJSON over _bulk, the others as syslog over TCP
#include "load_parts.h"

namespace tocsin {
namespace {

std::uint64_t disk_bytes(const std::string& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

int print_end(const Plan& plan, const Figures& figures) {
  const boost::json::value status = status_of(plan);
  std::uint64_t received = 0, stored = 0, refused = 0, dropped = 0;
  for (const boost::json::value& source : status.at("sources").as_array()) {
    const auto number = [&](const char* name) { return source.at(name).to_number<std::uint64_t>(); };
    received += number("received");
    stored += number("stored");
    refused += number("refused");
    dropped += number("dropped");
  }
  fmt::print("ledger: received {}, stored {}, refused {}, dropped {}\n", received, stored, refused, dropped);
  const std::uint64_t disk = disk_bytes(plan.folder + "/data");
  const double raw = static_cast<double>(figures.bytes) * static_cast<double>(stored) / static_cast<double>(figures.sent + figures.lines);
  fmt::print("disk: {:.1f} MB for {:.1f} MB of records: 1/{:.1f}\n", static_cast<double>(disk) / 1e6, raw / 1e6, raw / static_cast<double>(disk));
  const bool good = received == stored + refused + dropped && stored >= figures.taken && received >= figures.taken + figures.lines;
  fmt::print("{}\n", good ? "the ledger adds up" : "THE LEDGER DOES NOT ADD UP");
  return good ? 0 : 1;
}

/// Four samples a second until the end; a line each minute.
std::vector<Cost> watch_cost(pid_t service, const Figures& figures, Clock::time_point start, Clock::time_point until) {
  std::vector<Cost> costs;
  std::uint64_t taken = 0;
  for (int minute = 1; Clock::now() < until;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    costs.push_back(cost_of(service));
    if (seconds_since(start) < 60 * minute) continue;
    const std::uint64_t now = figures.taken + figures.lines;
    fmt::print("minute {}: {:.0f} MB (PSS), {:.0f} of its own, {} descriptors, {:.0f} taken a second\n", minute++, static_cast<double>(costs.back().pss_kb) / 1024,
               static_cast<double>(costs.back().own_kb) / 1024, costs.back().descriptors, static_cast<double>(now - std::exchange(taken, now)) / 60);
    std::fflush(stdout);
  }
  return costs;
}

/// Over the second half, by when caches are full; of a few minutes a slope says nothing.
void print_slopes(const std::vector<Cost>& costs, double seconds) {
  if (seconds < 600) return;
  std::vector<double> memory, descriptors;
  for (std::size_t i = costs.size() / 2; i < costs.size(); ++i) {
    memory.push_back(static_cast<double>(costs[i].own_kb) / 1024);
    descriptors.push_back(static_cast<double>(costs[i].descriptors));
  }
  const double samples_an_hour = static_cast<double>(costs.size()) / seconds * 3'600;
  fmt::print("slope over the second half: {:+.1f} MB of its own and {:+.1f} descriptors an hour\n", slope_of(memory) * samples_an_hour,
             slope_of(descriptors) * samples_an_hour);
}

/// Lines as RFC 3164 over TCP, each with the time of now in front, fifty times a second as many as are due.
void send_lines(std::uint16_t port, const std::vector<std::string>& lines, double lines_per_second, Clock::time_point until, Figures& figures) {
  const int socket = connect_to(port);
  const Clock::time_point start = Clock::now();
  std::string text;
  std::uint64_t sent = 0;
  while (socket >= 0 && Clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char time[32];
    std::strftime(time, sizeof time, "<13>%b %e %H:%M:%S ", &parts);
    text.clear();
    std::uint64_t more = 0;
    for (const auto due = static_cast<std::uint64_t>(lines_per_second * seconds_since(start)); sent + more < due; ++more) {
      text.append(time).append(lines[(sent + more) % lines.size()]).append("\n");
    }
    if (!put(socket, text)) break;
    sent += more;
    figures.lines += more;
    figures.bytes += text.size();
  }
  if (socket >= 0) ::close(socket);
}

/// What is sent to _bulk by one source, over so many connections.
struct Source {
  std::string token;
  std::vector<Template> events;
  int connections = 1;
};

/// The files of a mix, each a source, or all files as one.
void read_sources(const Plan& plan, const std::vector<std::string>& files, std::vector<Source>& sources, std::vector<std::vector<std::string>>& lines) {
  if (!fs::is_directory(files.front())) return sources.push_back({new_token(plan, "load", "bulk"), read_events(files), plan.connections});
  std::vector<fs::path> paths(fs::directory_iterator(files.front()), fs::directory_iterator());
  std::ranges::sort(paths);
  for (const fs::path& path : paths) {
    if (path.extension() == ".ndjson") {
      sources.push_back({new_token(plan, path.stem(), "bulk"), read_events({path}), 1});
      continue;
    }
    std::ifstream file(path);
    std::vector<std::string>& more = lines.emplace_back();
    for (std::string line; std::getline(file, line);) more.push_back(line);
  }
}

int run(const Plan& plan, const std::vector<std::string>& files) {
  std::vector<Source> sources;
  std::vector<std::vector<std::string>> lines;
  read_sources(plan, files, sources, lines);
  const pid_t service = start_service(plan);
  std::map<std::string, std::uint16_t> ports = wait_for_ports(plan);
  const bool empty = std::ranges::any_of(sources, [](const Source& source) { return source.events.empty(); }) ||
                     std::ranges::any_of(lines, [](const std::vector<std::string>& some) { return some.empty(); });
  if (ports.empty() || empty) return fmt::print(stderr, "the service does not start, or there are no events\n"), 2;

  Figures figures;
  std::atomic<bool> ended{false};
  const double cpu_before = cost_of(service).cpu_seconds;
  const Clock::time_point start = Clock::now(), until = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(plan.seconds));
  std::thread watcher([&] { watch_alerts(plan.folder + "/data/state.db", figures, ended); });
  std::vector<std::thread> senders;
  const double share = plan.rate / static_cast<double>(sources.size() + lines.size());
  for (const Source& source : sources) {
    for (int i = 0; i < source.connections; ++i) {
      senders.emplace_back([&, i] {
        Sender(ports["bulk"], source.token, source.events, static_cast<std::size_t>(i) * source.events.size() / static_cast<std::size_t>(source.connections), figures)
            .run(until, share / kBatch / source.connections);
      });
    }
  }
  for (const std::vector<std::string>& some : lines) senders.emplace_back([&] { send_lines(ports["syslog_tcp"], some, share, until, figures); });
  const std::vector<Cost> costs = watch_cost(service, figures, start, until);
  for (std::thread& sender : senders) sender.join();
  const double took = seconds_since(start), cpu = cost_of(service).cpu_seconds - cpu_before;
  ended = true;
  watcher.join();
  const std::uint64_t pss_after = cost_of(service).pss_kb, pss_peak = std::ranges::max(costs, {}, &Cost::pss_kb).pss_kb;
  ::kill(service, SIGTERM);
  ::waitpid(service, nullptr, 0);

  const auto all = static_cast<double>(figures.sent + figures.lines);
  fmt::print("events: {} sent, {} taken, {} refused, {} without an answer; {} lines; {:.0f} taken a second, {:.0f} bytes each\n", figures.sent.load(),
             figures.taken.load(), figures.refused.load(), figures.failed.load(), figures.lines.load(), static_cast<double>(figures.taken + figures.lines) / took,
             static_cast<double>(figures.bytes) / all);
  fmt::print("answers: median {:.0f} ms, 99 % within {:.0f} ms\n", at_part(figures.answers, 0.5) * 1e3, at_part(figures.answers, 0.99) * 1e3);
  fmt::print("event to alert: median {:.0f} ms, 99 % within {:.0f} ms, {} of {} seen\n", at_part(figures.alerts, 0.5) * 1e3,
             at_part(figures.alerts, 0.99) * 1e3, figures.alerts.size(), figures.alerts.size() + figures.markers.size());
  fmt::print("service: {:.0f} MB (PSS) at most, {:.0f} MB after it, {:.2f} CPU seconds a second\n", static_cast<double>(pss_peak) / 1024,
             static_cast<double>(pss_after) / 1024, cpu / took);
  print_slopes(costs, took);
  return print_end(plan, figures);
}

}  // namespace
}  // namespace tocsin

int main(int argc, char** argv) {
  if (argc < 8) {
    fmt::print(stderr, "bench_load PROGRAM FOLDER RULES SECONDS RATE CONNECTIONS FILE...\n");
    return 2;
  }
  ::signal(SIGPIPE, SIG_IGN);
  tocsin::Plan plan{argv[1], argv[2], argv[3], std::stod(argv[4]), std::stod(argv[5]), std::stoi(argv[6])};
  if (plan.rate <= 0 && tocsin::fs::is_directory(argv[7])) {
    fmt::print(stderr, "a mix has a RATE, of which each source has its share\n");
    return 2;
  }
  return tocsin::run(plan, std::vector<std::string>(argv + 7, argv + argc));
}
