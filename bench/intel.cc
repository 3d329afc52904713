// What do indicators cost? A million and a half made-up ones (addresses, networks, names, URLs, hashes; with source, confidence, end, an id of their own) in a file: how long they take to be loaded, how much
// memory they have, by the table's own count and by the kernel's; how fast values are asked for that are none and that are some; and whether anything on an allow-list is ever found. Then a scan with the
// built-in rules of two made-up logs of the DNS and of the folders that are given, without indicators and with, by turns, on one thread. Processor time, the best of several rounds; nothing here passes or fails.
//
//   bench_intel [FOLDER]...
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <random>

#include "cli/output.h"
#include "cli/rule_set.h"
#include "cpu_time.h"
#include "enrich/enricher.h"
#include "pipeline/scan.h"
#include "report/alert_writer.h"

namespace tocsin {
namespace {

constexpr int kRounds = 5;
constexpr std::size_t kIndicators = 1'500'000, kAsked = 1'000'000, kAllowed = 10'000;

/// Resident memory of this process.
double resident_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

struct MadeUp {
  std::vector<std::string> addresses, names, urls, hashes;
};

std::string address(std::mt19937& random) {
  while (true) {
    const IpAddress made{0, std::uint64_t{0xFFFF} << 32 | random()};
    if (scope_of(made) == IpScope::kGlobal) return network_text({made, 128});
  }
}

std::string name(std::mt19937& random) { return fmt::format("h{:x}.d{:x}.example", random() % 4096, random()); }
std::string url(std::mt19937& random) { return fmt::format("http://{}/{:x}/gate.php?id={:x}", name(random), random() % 65'536, random()); }
std::string hash(std::mt19937& random) {
  std::string text;
  for (int i = 0; i < 8; ++i) text += fmt::format("{:08x}", random());
  return text;
}

/// The file, and a part of what is in it.
MadeUp write_indicators(const std::string& path, std::mt19937& random) {
  MadeUp some;
  std::ofstream file(path);
  file << "type,value,source,confidence,valid_until,id,tags\n";
  for (std::size_t i = 0; i < kIndicators; ++i) {
    const unsigned kind = static_cast<unsigned>(random() % 10);
    std::string value = kind < 3 ? address(random) : kind < 6 ? name(random) : kind < 8 ? url(random) : hash(random);
    std::vector<std::string>& of = kind < 3 ? some.addresses : kind < 6 ? some.names : kind < 8 ? some.urls : some.hashes;
    if (of.size() < kAsked / 8) of.push_back(value);
    if (kind == 0 && random() % 10 == 0) value = network_text(*read_network(fmt::format("{}/{}", value, 20 + random() % 12)));
    file << fmt::format("{},{},feed-{},{},2027-{:02}-01,{:08x}-1111-4222-8333-4444{:08x},{}\n", kind < 3 ? "ip" : kind < 6 ? "domain" : kind < 8 ? "url" : "sha256", value, random() % 5, random() % 101, 1 + random() % 12,
                        random(), random(), random() % 2 == 0 ? "c2" : "phishing");
  }
  return some;
}

void measure(const char* what, const intel::IndicatorSet& set, intel::Ask ask, const std::vector<std::string>& values) {
  std::size_t found = 0;
  const double seconds = best_seconds(kRounds, [&] {
    found = 0;
    for (std::size_t i = 0; i < kAsked; ++i) set.ask(ask, values[i % values.size()], [&](const intel::Found&) { ++found; });
  });
  fmt::print("{:<28} {:>10.0f} a second, {:.3f} found each\n", what, static_cast<double>(kAsked) / seconds, static_cast<double>(found) / static_cast<double>(kAsked));
}

void measure_lookups(const intel::IndicatorSet& set, const MadeUp& in, std::mt19937& random) {
  MadeUp out;
  for (std::size_t i = 0; i < kAsked / 8; ++i) {
    out.addresses.push_back(address(random));
    out.names.push_back(name(random));
    out.urls.push_back(url(random));
    out.hashes.push_back(hash(random));
  }
  measure("addresses, hits", set, intel::Ask::kAddress, in.addresses);
  measure("addresses, misses", set, intel::Ask::kAddress, out.addresses);
  measure("names, hits", set, intel::Ask::kName, in.names);
  measure("names, misses", set, intel::Ask::kName, out.names);
  measure("URLs, hits", set, intel::Ask::kUrl, in.urls);
  measure("URLs, misses", set, intel::Ask::kUrl, out.urls);
  measure("hashes, hits", set, intel::Ask::kHashes, in.hashes);
  measure("hashes, misses", set, intel::Ask::kHashes, out.hashes);
}

std::shared_ptr<const enrich::Enricher> load(const std::string& path, const std::string& allowed) {
  enrich::EnrichSettings settings;
  settings.indicators = {*enrich::read_indicators(path)};
  if (!allowed.empty()) settings.allowed = {allowed};
  std::vector<std::string> notes;
  const double before_mb = resident_mb(), began = cpu_seconds();
  auto enricher = enrich::Enricher::load(Env::system(), settings, notes);
  const double seconds = cpu_seconds() - began;
  if (!enricher) {
    fmt::print(stderr, "{}\n", enricher.error().message);
    std::exit(2);
  }
  const intel::IndicatorSet& set = (*enricher)->indicators();
  fmt::print("{} indicators in {:.2f} s; the table has {:.1f} MB, the process {:.1f} MB more\n", set.size(), seconds, static_cast<double>(set.bytes()) / 1e6, (resident_mb() - before_mb) * 1.048576);
  return *enricher;
}

/// What is on the list is in the file, too.
void measure_allowed(const std::string& path, const MadeUp& in) {
  const std::string list = path + ".allow";
  std::vector<std::pair<intel::Ask, std::string>> values;
  std::ofstream file(list);
  for (std::size_t i = 0; i < kAllowed; ++i) {
    values.emplace_back(intel::Ask::kAddress, in.addresses[i]);
    values.emplace_back(intel::Ask::kName, in.names[i]);
    values.emplace_back(intel::Ask::kUrl, in.urls[i]);
    values.emplace_back(intel::Ask::kHashes, in.hashes[i]);
  }
  for (const auto& [ask, value] : values) file << value << '\n';
  file.close();
  const std::shared_ptr<const enrich::Enricher> enricher = load(path, list);
  std::size_t found = 0;
  for (const auto& [ask, value] : values) enricher->indicators().ask(ask, value, [&](const intel::Found&) { ++found; });
  fmt::print("{} values on the allow-list that are indicators: {} found, {} left out when they were read\n", values.size(), found, enricher->indicators().sources()[0].allowed);
  std::remove(list.c_str());
}

/// What of a log of the DNS differs from event to event.
struct DnsShape {
  std::size_t clients, names, answers;
  std::size_t named;  // of the answers, how many are indicators
  int year = 2026;    // in 2028 no indicator holds any more: all is asked and found, and makes no alert
};
constexpr std::size_t kDnsEvents = 600'000;  // 256 MB: long enough that what is asked for the first time does not count for all

/// As Zeek writes it, 470 bytes an event.
void write_dns_log(const std::string& path, const DnsShape& shape, const MadeUp& in, std::mt19937& random) {
  std::vector<std::string> names, answers;
  for (std::size_t i = 0; i < shape.names; ++i) names.push_back(fmt::format("www{}.site{}.example", random() % 20, i));
  for (std::size_t i = 0; i < shape.answers; ++i) answers.push_back(i < shape.named ? in.addresses[i] : address(random));
  std::ofstream file(path);
  for (std::size_t i = 0; i < kDnsEvents; ++i) {
    const std::size_t client = random() % shape.clients;
    file << fmt::format(
        R"({{"_path":"dns","ts":"{}-03-{:02}T{:02}:{:02}:{:02}.000Z","uid":"C{:08x}","id.orig_h":"10.0.{}.{}","id.orig_p":{},"id.resp_h":"10.0.0.2","id.resp_p":53,"proto":"udp","trans_id":{},"rtt":0.0{},"query":"{}",)"
        R"("qclass":1,"qclass_name":"C_INTERNET","qtype":1,"qtype_name":"A","rcode":0,"rcode_name":"NOERROR","AA":false,"TC":false,"RD":true,"RA":true,"Z":0,"answers":["{}"],"TTLs":[60.0],"rejected":false}})",
        shape.year, 1 + i / 86'400, i / 3'600 % 24, i / 60 % 60, i % 60, random(), client / 250, client % 250 + 1, 1'024 + random() % 60'000, random() % 65'536, 1 + random() % 900, names[random() % names.size()], answers[random() % answers.size()])
         << '\n';
  }
}

double scan_seconds(Engine& engine, const std::vector<FoundFile>& files, std::shared_ptr<const enrich::Enricher> enricher, ScanSummary& summary) {
  cli::FdSink sink(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  ScanOptions options;
  options.threads = 1;
  options.worker.enricher = std::move(enricher);
  const std::unique_ptr<AlertWriter> writer = make_ndjson_writer();
  const double began = cpu_seconds();
  Scan scan(Env::system(), engine, options, *writer, sink);
  if (Result<ScanSummary> done = scan.run(files)) summary = std::move(*done);
  return cpu_seconds() - began;
}

void measure_scan(const char* what, const std::string& folder, const std::shared_ptr<const enrich::Enricher>& enricher) {
  std::vector<Error> errors;
  const std::vector<FoundFile> files = find_files(Env::system(), folder, errors);
  const std::unique_ptr<Engine> engine = cli::make_engine(Env::system(), cli::RuleArguments{});
  if (engine == nullptr) return;
  double without = 1e9, with = 1e9;
  ScanSummary summary;
  for (int round = 0; round < kRounds; ++round) {
    without = std::min(without, scan_seconds(*engine, files, nullptr, summary));
    with = std::min(with, scan_seconds(*engine, files, enricher, summary));
  }
  fmt::print("{}: {} events, {:.1f} MB: {:.0f} MB/s without, {:.0f} MB/s with indicators, {:.1f} % more time, {} alerts\n", what, summary.events, static_cast<double>(summary.bytes) / 1e6,
             static_cast<double>(summary.bytes) / 1e6 / without, static_cast<double>(summary.bytes) / 1e6 / with, (with / without - 1) * 100, summary.alerts);
}

}  // namespace

int run(int argc, char** argv) {
  std::mt19937 random(1);
  const char* const folder = std::getenv("TMPDIR");
  const std::string path = fmt::format("{}/bench_intel.{}.csv", folder == nullptr ? "/tmp" : folder, ::getpid());
  const MadeUp in = write_indicators(path, random);
  {
    const std::shared_ptr<const enrich::Enricher> enricher = load(path, "");
    measure_lookups(enricher->indicators(), in, random);
    const std::string dns = path + ".dns.ndjson";
    write_dns_log(dns, {2'000, 2'500, 2'500, 12}, in, random);
    measure_scan("DNS, 7,000 values, 0.6 % named", dns, enricher);
    write_dns_log(dns, {2'000, 2'500, 2'500, 12, 2028}, in, random);
    measure_scan("the same, by what is over", dns, enricher);
    write_dns_log(dns, {2'000, 40'000, 25'000, 1'000}, in, random);
    measure_scan("DNS, 25,000 answers, 4 % named", dns, enricher);
    write_dns_log(dns, {2'000, 40'000, 25'000, 1'000, 2028}, in, random);
    measure_scan("the same, by what is over", dns, enricher);
    std::remove(dns.c_str());
    for (int i = 1; i < argc; ++i) measure_scan(argv[i], argv[i], enricher);
  }
  measure_allowed(path, in);
  std::remove(path.c_str());
  return 0;
}

}  // namespace tocsin

int main(int argc, char** argv) { return tocsin::run(argc, argv); }
