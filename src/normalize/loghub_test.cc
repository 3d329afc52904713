// The sixteen systems of loghub, 2,000 real lines each: every line is of its system's own format, and has its time, the component that wrote
// it and what in its message can vary. Prints the shares.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <set>

#include "base/env.h"
#include "normalize/taxonomy.h"
#include "normalize/text.h"

namespace tocsin {
namespace {

struct System {
  const char* name;
  const char* format;
};
constexpr System kSystems[] = {
    {"Android", "android"}, {"Apache", "apache error"}, {"BGL", "bgl"},         {"HDFS", "hdfs"},       {"HPC", "hpc"},
    {"Hadoop", "hadoop"},   {"HealthApp", "healthapp"}, {"Linux", "syslog"},     {"Mac", "syslog"},      {"OpenSSH", "syslog"},
    {"OpenStack", "openstack"}, {"Proxifier", "proxifier"}, {"Spark", "spark"}, {"Thunderbird", "thunderbird"}, {"Windows", "cbs"},
    {"Zookeeper", "zookeeper"}};
constexpr double kLeast = 98;

struct Shares {
  std::size_t lines = 0, own = 0, time = 0, component = 0, message = 0, varying = 0, parameters = 0, unknown = 0, named = 0;
  std::set<std::string> templates;
  std::string first_missing;
};

std::string folder() {
  const char* given = std::getenv("TOCSIN_DATA");
  return (given != nullptr ? std::string(given) : TOCSIN_SOURCE_DIR "/../shared/data") + "/loghub/";
}

double percent(std::size_t part, std::size_t whole) { return whole == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole); }

class Reader {
 public:
  explicit Reader(const Taxonomy& taxonomy) : paths_(taxonomy), parser_(paths_, &taxonomy.formats()) {}

  Shares read(const std::string& text, std::string_view format) {
    Shares shares;
    parser_.begin_file(*parse_time("2026-01-01T00:00:00Z"));
    shares.lines = parser_.parse(text, [&](const Event& event, std::size_t) { count(event, format, shares); });
    return shares;
  }

 private:
  void count(const Event& event, std::string_view format, Shares& shares) {
    shares.own += parser_.format() == format ? 1 : 0;
    shares.unknown += parser_.format().empty() ? 1 : 0;
    shares.time += event.time != kNoTime ? 1 : 0;
    const std::string_view message = text_of(event, "message");
    shares.named += text_of(event, "message_name").empty() ? 0 : 1;
    const bool component = !text_of(event, "component").empty() || !text_of(event, "program").empty();
    shares.component += component ? 1 : 0;
    if (!component && shares.first_missing.empty()) shares.first_missing = event.values.front().raw();
    if (message.empty()) return;
    ++shares.message;
    std::string cut(message);
    std::size_t found = 0;
    for (const Value& value : event.values) {
      if (value.raw().data() < message.data() + message.size() && value.raw().data() >= message.data() && value.raw() != message) {
        ++found;
        std::fill_n(cut.begin() + (value.raw().data() - message.data()), value.size, '*');
      }
    }
    cut.erase(std::unique(cut.begin(), cut.end(), [](char a, char b) { return a == '*' && b == '*'; }), cut.end());
    shares.templates.insert(cut);
    if (std::ranges::none_of(message, [](char c) { return c >= '0' && c <= '9'; })) return;
    ++shares.varying;
    shares.parameters += found > 0 ? 1 : 0;
    if (found == 0 && shares.first_missing.empty()) shares.first_missing = event.values.front().raw();
  }

  std::string_view text_of(const Event& event, std::string_view name) const {
    for (const Value& value : event.values) {
      if (paths_.name(value.path) == name && value.kind != ValueKind::kNull) return value.raw();
    }
    return {};
  }

  PathTable paths_;
  TextParser parser_;
};

TEST(Loghub, EachLineIsOfItsSystemsFormatWithTimeComponentAndParameters) {
  const auto taxonomy = Taxonomy::load(Taxonomy::shipped());
  ASSERT_TRUE(taxonomy) << taxonomy.error().message;
  std::size_t systems = 0;
  for (const System& system : kSystems) {
    const auto text = Env::system().read_file(folder() + system.name + "/" + system.name + "_2k.log", 1u << 20);
    if (!text) continue;
    if (systems++ == 0) std::printf("%-12s %6s %8s %8s %10s %11s %8s %12s %10s\n", "system", "lines", "own", "time", "component", "parameters", "named", "not known", "templates");
    Reader reader(**taxonomy);
    const Shares shares = reader.read(*text, system.format);
    std::printf("%-12s %6zu %7.2f%% %7.2f%% %9.2f%% %10.2f%% %7.2f%% %11.2f%% %10zu\n", system.name, shares.lines, percent(shares.own, shares.lines),
                percent(shares.time, shares.lines), percent(shares.component, shares.lines), percent(shares.parameters, shares.varying),
                percent(shares.named, shares.lines), percent(shares.unknown, shares.lines), shares.templates.size());
    EXPECT_GE(percent(shares.own, shares.lines), kLeast) << system.name;
    EXPECT_GE(percent(shares.time, shares.lines), kLeast) << system.name;
    EXPECT_GE(percent(shares.component, shares.lines), kLeast) << system.name << ": " << shares.first_missing;
    EXPECT_GE(percent(shares.message, shares.lines), kLeast) << system.name;
    EXPECT_GE(percent(shares.parameters, shares.varying), kLeast) << system.name << ": " << shares.first_missing;
    EXPECT_LE(percent(shares.unknown, shares.lines), 100 - kLeast) << system.name;
  }
  if (systems == 0) GTEST_SKIP() << "there is no " << folder() << " (TOCSIN_DATA)";
}

}  // namespace
}  // namespace tocsin
