// The same alert from the same attack, however its events came: all public rules and our own over the regression recordings of Windows, as an event log, as the JSON beside it,
// and in each of windows_shapes.h. What must agree is which rules fired, and how often, for each recording.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/memory_env.h"
#include "corpus.h"
#include "pipeline/scan.h"
#include "windows_shapes.h"

namespace tocsin {
namespace {

class FiredRules : public AlertWriter {
 public:
  void write(const Alert& alert, AlertText&) const override { fired[std::string(alert.events.front().source)].emplace_back(alert.rule->id); }
  mutable std::map<std::string, std::vector<std::string>> fired;  // by recording
};

class NowhereSink : public ByteSink {
 public:
  Status write(std::string_view) override { return {}; }
};

/// Recording, without the end of its name, to the rules that fired on it.
std::map<std::string, std::vector<std::string>> fired(Engine& engine, Env& env, const std::vector<FoundFile>& files) {
  FiredRules writer;
  NowhereSink nowhere;
  ScanOptions options;
  options.threads = 2;
  Scan scan(env, engine, options, writer, nowhere);
  const Result<ScanSummary> summary = scan.run(files);
  EXPECT_TRUE(summary);
  if (summary) {
    for (const SourceProblem& problem : summary->problems) ADD_FAILURE() << problem.source << ": " << problem.message;
  }
  std::map<std::string, std::vector<std::string>> by_recording;
  for (auto& [source, rules] : writer.fired) {
    std::ranges::sort(rules);
    const std::size_t slash = source.rfind('/') + 1;
    by_recording[source.substr(slash, source.find('.', slash) - slash)] = rules;
  }
  return by_recording;
}

struct Recording {
  std::string name;
  std::vector<boost::json::object> events;
};

/// The JSON beside an event log is one event after another.
std::vector<boost::json::object> events_in(const std::string& text) {
  std::vector<boost::json::object> events;
  boost::json::stream_parser parser;
  std::string_view rest = text;
  while (rest.find_first_not_of(" \t\r\n") != std::string_view::npos) {
    boost::system::error_code error;
    rest.remove_prefix(parser.write_some(rest.data(), rest.size(), error));
    EXPECT_FALSE(error) << error.message();
    if (error || !parser.done()) break;
    events.push_back(parser.release().as_object());
    parser.reset();
  }
  return events;
}

class WindowsShapes : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<sigma::RuleText> texts = public_rules();
    const std::string folder = data_folder() + "/sigma/regression_data";
    if (texts.empty() || !Env::system().is_folder(folder)) GTEST_SKIP() << "skipped: no public rules or no " << folder;
    for (sigma::RuleText& text : builtin_rules()) texts.push_back(std::move(text));
    engine_ = engine_of(texts);
    std::vector<Error> errors;
    for (const FoundFile& file : find_files(Env::system(), folder, errors)) {
      if (file.path.ends_with(".evtx")) logs_.push_back(file);
      if (file.path.ends_with(".json")) add_recording(file);
    }
  }

  void add_recording(const FoundFile& file) {
    jsons_.push_back(file);
    const auto text = Env::system().read_file(file.path, 64 << 20);
    ASSERT_TRUE(text);
    const std::size_t slash = file.path.rfind('/') + 1;
    recordings_.push_back({file.path.substr(slash, file.path.rfind('.') - slash), events_in(*text)});
  }

  /// Every recording in one shape, a file each.
  std::map<std::string, std::vector<std::string>> fired_as(const WindowsShape& shape) {
    MemoryEnv env;
    std::vector<FoundFile> files;
    for (const Recording& recording : recordings_) {
      std::string text = shape.head;
      for (const boost::json::object& event : recording.events) text += shape.line(event);
      const std::string path = "shapes/" + recording.name + "." + shape.file;
      env.add_file(path, text + shape.tail);
      files.push_back({path, path});
    }
    return fired(*engine_, env, files);
  }

  std::unique_ptr<Engine> engine_;
  std::vector<FoundFile> logs_, jsons_;
  std::vector<Recording> recordings_;
};

TEST_F(WindowsShapes, GiveTheSameAlerts) {
  const auto wanted = fired(*engine_, Env::system(), jsons_);
  std::size_t alerts = 0;
  for (const auto& [name, rules] : wanted) alerts += rules.size();
  EXPECT_GE(recordings_.size(), 200u);
  EXPECT_GE(alerts, 350u);
  const auto compare = [&](const char* shape, const std::map<std::string, std::vector<std::string>>& is) {
    std::size_t same = 0;
    for (const auto& [name, rules] : wanted) {
      const auto found = is.find(name);
      const bool equal = found != is.end() && found->second == rules;
      same += equal;
      if (equal) continue;
      std::vector<std::string> missing, more;
      const std::vector<std::string> none;
      const std::vector<std::string>& other = found == is.end() ? none : found->second;
      std::ranges::set_difference(rules, other, std::back_inserter(missing));
      std::ranges::set_difference(other, rules, std::back_inserter(more));
      ADD_FAILURE() << shape << ", " << name << ": missing " << fmt::format("{}, more {}", fmt::join(missing, " "), fmt::join(more, " "));
    }
    for (const auto& [name, rules] : is) EXPECT_TRUE(wanted.contains(name)) << shape << ", " << name;
    std::printf("%-24s %zu of %zu recordings with alerts have the same\n", shape, same, wanted.size());
  };
  compare("EVTX", fired(*engine_, Env::system(), logs_));
  for (const WindowsShape& shape : windows_shapes()) compare(shape.name, fired_as(shape));
  std::printf("%zu recordings, %zu alerts\n", recordings_.size(), alerts);
}

}  // namespace
}  // namespace tocsin
