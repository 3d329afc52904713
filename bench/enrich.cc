// How fast is what is known looked up? Addresses of a database that were asked before and that were not, beside the library's own look at the tree; a million networks and a million domains of a list: how long they take
// to be loaded, how much memory they have, how fast they answer. Processor time of one core, the best of several rounds; nothing here passes or fails.
//
//   bench_enrich DATABASE.mmdb
#include <fmt/format.h>
#include <maxminddb.h>
#include <netinet/in.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <random>

#include "base/memory_env.h"
#include "enrich/enricher.h"
#include "cpu_time.h"

namespace tocsin::enrich {
namespace {

constexpr int kRounds = 5;
constexpr std::size_t kAddresses = 1'000'000, kAskedBefore = 1'000, kEntries = 1'000'000;

std::shared_ptr<const Enricher> load(Env& env, const EnrichSettings& settings) {
  std::vector<std::string> notes;
  const double began = cpu_seconds();
  auto enricher = Enricher::load(env, settings, notes);
  if (!enricher) {
    fmt::print(stderr, "{}\n", enricher.error().message);
    std::exit(2);
  }
  fmt::print("loaded in {:.2f} s: ", cpu_seconds() - began);
  for (const EnrichmentFile& file : (*enricher)->files()) fmt::print("{} {}, {} entries\n", file.kind, file.name, file.entries);
  return *enricher;
}

std::vector<std::string> made_up_addresses(std::size_t count) {
  std::mt19937 random(1);
  std::vector<std::string> addresses;
  while (addresses.size() < count) {
    const IpAddress address{0, std::uint64_t{0xFFFF} << 32 | random()};
    if (scope_of(address) == IpScope::kGlobal) addresses.push_back(network_text({address, 128}));
  }
  return addresses;
}

void measure(const char* what, const std::shared_ptr<const Enricher>& enricher, EntityType type, const std::vector<std::string>& values, std::size_t different) {
  EnrichmentMemory memory(enricher);
  std::size_t facts = 0;
  const double seconds = best_seconds(kRounds, [&] {
    facts = 0;
    for (std::size_t i = 0; i < values.size(); ++i) facts += memory.facts(type, values[i % different]).size();
  });
  fmt::print("{:<44} {:>10.0f} a second, {:.2f} facts each\n", what, static_cast<double>(values.size()) / seconds, static_cast<double>(facts) / static_cast<double>(values.size()));
}

void measure_library(const char* path, const std::vector<std::string>& addresses) {
  MMDB_s database;
  if (::MMDB_open(path, MMDB_MODE_MMAP, &database) != MMDB_SUCCESS) return;
  std::size_t found = 0;
  const double seconds = best_seconds(kRounds, [&] {
    for (const std::string& address : addresses) {
      sockaddr_in in{};
      in.sin_family = AF_INET;
      in.sin_addr.s_addr = htonl(static_cast<std::uint32_t>(read_ip(address)->low));
      int error = 0;
      found += ::MMDB_lookup_sockaddr(&database, reinterpret_cast<const sockaddr*>(&in), &error).found_entry ? 1 : 0;
    }
  });
  fmt::print("{:<44} {:>10.0f} a second, {} of {} found\n", "libmaxminddb, the tree alone", static_cast<double>(addresses.size()) / seconds, found / kRounds, addresses.size());
  ::MMDB_close(&database);
}

void measure_lists(const std::vector<std::string>& addresses) {
  MemoryEnv env;
  std::mt19937 random(2);
  std::string networks, domains;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kEntries; ++i) {
    networks += network_text({first_bits({0, std::uint64_t{0xFFFF} << 32 | random()}, static_cast<unsigned>(118 + random() % 11)), static_cast<unsigned>(128)}) + "\n";
    names.push_back(fmt::format("h{:x}.d{:x}.example", random() % 4096, random()));
    domains += names.back() + "\n";
  }
  env.add_file("networks", networks);
  env.add_file("domains", domains);
  EnrichSettings settings;
  settings.lists = {*read_reputation("file=networks"), *read_reputation("file=domains")};
  const std::shared_ptr<const Enricher> enricher = load(env, settings);
  fmt::print("the tables of both have {:.1f} MB\n", static_cast<double>(enricher->indicators().bytes()) / 1e6);
  measure("addresses in a million networks", enricher, EntityType::kIp, addresses, addresses.size());
  for (std::string& name : names) name = "www." + name;
  measure("domains in a million domains", enricher, EntityType::kDomain, names, names.size());
}

}  // namespace

int run(int argc, char** argv) {
  if (argc != 2) return fmt::print(stderr, "usage: bench_enrich DATABASE.mmdb\n"), 2;
  EnrichSettings settings;
  settings.databases = {argv[1]};
  const std::vector<std::string> addresses = made_up_addresses(kAddresses);
  const std::shared_ptr<const Enricher> enricher = load(Env::system(), settings);
  measure("addresses asked before", enricher, EntityType::kIp, addresses, kAskedBefore);
  measure("addresses asked for the first time", enricher, EntityType::kIp, addresses, addresses.size());
  measure_library(argv[1], addresses);
  measure_lists(addresses);
  return 0;
}

}  // namespace tocsin::enrich

int main(int argc, char** argv) { return tocsin::enrich::run(argc, argv); }
