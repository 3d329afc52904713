#include "pipeline/rule_tests.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "detect/correlate/correlator.h"
#include "pipeline/scan.h"

namespace tocsin {

namespace {

/// A test file holds a few events; a recording is read as a stream and has no limit of its own.
constexpr std::size_t kTestFileBytesMax = 16u << 20;
/// A test must come out the same on every day and in every copy of its files, so lines without a year are all of this one,
/// which has a 29 February.
constexpr CivilTime kLastOfTestYear{2024, 12, 31, 0, 0, 0, 0};

WorkerOptions test_options() {
  WorkerOptions options;
  options.reference = to_time(kLastOfTestYear);  // a day is allowed beyond it
  options.file_times = false;
  return options;
}

void append_json(std::string& out, const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull: out.append("null"); return;
    case YamlNode::Kind::kScalar: {
      const YamlType type = node.quoted ? YamlType::kString : yaml_type(node);
      if (type == YamlType::kNull) {
        out.append("null");
      } else if (type == YamlType::kBool) {
        out.append(folded(node.scalar));
      } else if ((type == YamlType::kInt || type == YamlType::kFloat) && json_number_valid(node.scalar)) {
        out.append(node.scalar);
      } else {
        out.push_back('"');
        append_json_escaped(out, node.scalar);
        out.push_back('"');
      }
      return;
    }
    case YamlNode::Kind::kSequence:
      out.push_back('[');
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        if (i > 0) out.push_back(',');
        append_json(out, node.items[i]);
      }
      out.push_back(']');
      return;
    case YamlNode::Kind::kMapping:
      out.push_back('{');
      for (std::size_t i = 0; i < node.entries.size(); ++i) {
        out.append(i > 0 ? ",\"" : "\"");
        append_json_escaped(out, node.entries[i].first.scalar);
        out.append("\":");
        append_json(out, node.entries[i].second);
      }
      out.push_back('}');
      return;
  }
}

class NowhereSink : public ByteSink {
 public:
  Status write(std::string_view) override { return {}; }
};

class CountingSink : public Correlator::Sink {
 public:
  explicit CountingSink(std::uint32_t wanted) : wanted_(wanted) {}
  void alert(CorrelationAlert alert) override { count += alert.correlation == wanted_; }
  std::uint64_t count = 0;

 private:
  std::uint32_t wanted_;
};

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace

std::vector<TestFile> find_test_files(Env& env, const std::vector<std::string>& paths, std::vector<Error>& errors) {
  std::vector<TestFile> files;
  for (const std::string& path : paths) {
    for (const FoundFile& found : find_files(env, path, errors)) {
      if (found.path.ends_with(".test.yml")) files.push_back({found.path, false});
      if (found.path.ends_with("/info.yml")) files.push_back({found.path, true});
    }
  }
  return files;
}

RuleTests::RuleTests(Env& env, Engine& engine) : env_(env), engine_(engine), hit_fields_(wanted_hit_fields(engine.rules())) {
  worker_ = std::make_unique<Worker>(engine_, test_options(), writer_, hit_fields_);
}

void RuleTests::add(TestResult::Outcome outcome, const std::string& name, const std::string& rule, std::string detail) {
  results_.push_back({outcome, file_, name, rule, std::move(detail)});
}

const RuleCard* RuleTests::card(std::string_view id) const {
  for (std::size_t i = 0; i < engine_.card_count(); ++i) {
    if (engine_.card(i).id == id) return &engine_.card(i);
  }
  return nullptr;
}

void RuleTests::run(const TestFile& file) {
  file_ = file.path;
  using enum TestResult::Outcome;
  const Result<std::string> text = env_.read_file(file.path, kTestFileBytesMax);
  if (!text) return add(kFailed, "read", "", text.error().message);
  const auto documents = parse_yaml(*text);
  if (!documents) {
    return add(kFailed, "parse", "", fmt::format("{}:{}:{}: {}", file.path, documents.error().at.line,
                                                 documents.error().at.column, documents.error().message));
  }
  for (const YamlNode& document : *documents) {
    if (file.regression) {
      regression(document);
    } else {
      own(document);
    }
  }
}

void RuleTests::regression(const YamlNode& document) {
  using enum TestResult::Outcome;
  const YamlNode* tests = document.find("regression_tests_info");
  const YamlNode* rules = document.find("rule_metadata");
  const std::string rule = rules != nullptr && !rules->items.empty() ? std::string(rules->items.front().text("id")) : "";
  if (tests == nullptr || tests->items.empty()) return add(kNoTest, "no test", rule, "");
  for (const YamlNode& test : tests->items) {
    const std::string path(test.text("path"));
    const std::string_view count = test.text("match_count");
    // The path counts from the root of its repository; the recording lies beside this file.
    const std::string beside = folder_of(file_) + "/" + path.substr(path.rfind('/') + 1);
    const std::uint64_t wanted = count.empty() ? 1 : std::strtoull(std::string(count).c_str(), nullptr, 10);
    recorded(beside, rule, wanted);
    const std::string json = beside.substr(0, beside.rfind('.')) + ".json";
    if (json != beside && env_.exists(json)) recorded(json, rule, wanted);
  }
}

/// match_count is the least: some recordings hold the act several times, and the project that made them asks for one.
void RuleTests::recorded(const std::string& path, const std::string& rule, std::uint64_t count) {
  using enum TestResult::Outcome;
  const std::string name = path.substr(path.rfind('/') + 1);
  const RuleCard* wanted = card(rule);
  if (wanted == nullptr) return add(kFailed, name, rule, "the rule is not among those given");
  const CountingWriter writer;
  NowhereSink nowhere;
  ScanOptions options;
  options.worker = test_options();
  Scan scan(env_, engine_, options, writer, nowhere);
  const Result<ScanSummary> summary = scan.run({{path, path}});
  if (!summary) return add(kFailed, name, rule, summary.error().message);
  for (const SourceProblem& problem : summary->problems) add(kFailed, name, rule, problem.message);
  const auto fired = static_cast<std::uint64_t>(std::ranges::count(writer.fired, wanted));
  const bool good = fired >= count;
  add(good ? kPassed : kFailed, name, rule,
      good ? "" : fmt::format("matched {} of {} events, wanted at least {}", fired, summary->events, count));
}

bool RuleTests::read_case(const YamlNode& node, Case& into, std::string& trouble) const {
  const YamlNode* event = node.find("event");
  const YamlNode* line = node.find("line");
  if ((event == nullptr) == (line == nullptr)) {
    trouble = fmt::format("line {}: a case has either 'event' or 'line'", node.at.line);
    return false;
  }
  into.is_line = line != nullptr;
  if (into.is_line) {
    into.text = line->scalar;
  } else {
    append_json(into.text, *event);
  }
  return true;
}

void RuleTests::process(const Case& one, BlockResult& result) {
  Block block;
  block.format = one.is_line ? Format::kText : Format::kJsonDocument;
  block.first = true;
  block.size = one.text.size();
  block.bytes.assign(one.text.begin(), one.text.end());
  block.bytes.resize(block.size + Block::kPadding);
  block.pieces.push_back({0, static_cast<std::uint32_t>(block.size), nullptr, true});
  writer_.fired.clear();
  worker_->process(block, "test", result);
}

namespace {

std::optional<LogSource> stated_log_source(const YamlNode& document) {
  const YamlNode* node = document.find("logsource");
  if (node == nullptr) return std::nullopt;
  return LogSource{std::string(node->text("product")), std::string(node->text("category")), std::string(node->text("service"))};
}

}  // namespace

void RuleTests::single_case(const YamlNode& document, const YamlNode& one, bool must_match) {
  using enum TestResult::Outcome;
  const std::string rule(document.text("rule"));
  const std::string name = fmt::format("{}: {}", must_match ? "match" : "no_match", one.text("name"));
  Case input;
  std::string trouble;
  if (!read_case(one, input, trouble)) return add(kFailed, name, rule, trouble);
  worker_->set_override(stated_log_source(document), kNoTime);
  BlockResult result;
  process(input, result);
  if (result.damaged > 0) return add(kFailed, name, rule, result.damage.front().what);
  const bool fired = std::ranges::find(writer_.fired, card(rule)) != writer_.fired.end();
  if (fired == must_match) return add(kPassed, name, rule, "");
  add(kFailed, name, rule, must_match ? "the rule did not fire" : "the rule fired");
}

void RuleTests::own(const YamlNode& document) {
  using enum TestResult::Outcome;
  const std::string rule(document.text("rule"));
  if (card(rule) == nullptr) return add(kFailed, "rule", rule, "no rule with this id was loaded");
  if (document.find("sequence") != nullptr) return sequence(document);
  const std::size_t before = results_.size();
  for (const bool must_match : {true, false}) {
    const YamlNode* cases = document.find(must_match ? "match" : "no_match");
    if (cases == nullptr) continue;
    for (const YamlNode& one : cases->items) single_case(document, one, must_match);
  }
  if (results_.size() == before) add(kNoTest, "no test", rule, "");
}

void RuleTests::sequence(const YamlNode& document) {
  using enum TestResult::Outcome;
  const std::string rule(document.text("rule"));
  const auto& correlations = engine_.rules().correlations;
  const auto found = std::ranges::find(correlations, rule, &sigma::Correlation::id);
  if (found == correlations.end()) return add(kFailed, "sequence", rule, "a sequence tests a correlation; this is a rule");
  CountingSink sink(static_cast<std::uint32_t>(found - correlations.begin()));
  Correlator correlator(engine_.rules(), {});
  const HitUnpacker unpacker(engine_.rules(), engine_.log_sources(), hit_fields_);
  TimeUs first = kNoTime;
  std::uint64_t index = 0;
  for (const YamlNode& one : document.find("sequence")->items) {
    std::string at(one.text("at")), trouble;
    TimeUs time = kNoTime;
    if (at.starts_with('+') && first != kNoTime) {
      if (const auto span = parse_timespan_us(at.substr(1))) time = first + *span;
    } else if (const auto parsed = parse_time(at)) {
      time = *parsed;
    }
    Case input;
    if (time == kNoTime) trouble = fmt::format("line {}: 'at' is neither a time nor an offset", one.at.line);
    if (!trouble.empty() || !read_case(one, input, trouble)) return add(kFailed, "sequence", rule, trouble);
    if (first == kNoTime) first = time;
    worker_->set_override(stated_log_source(document), time);
    BlockResult result;
    process(input, result);
    if (result.damaged > 0) return add(kFailed, "sequence", rule, result.damage.front().what);
    std::string_view hits = result.hits.bytes;
    for (std::string_view packed = next_packed_hit(hits); !packed.empty(); packed = next_packed_hit(hits)) {
      Hit hit = unpacker.unpack(packed);
      hit.event = {0, index};
      correlator.add(std::move(hit), sink);
    }
    ++index;
  }
  correlator.finish(sink);
  const std::uint64_t wanted = std::strtoull(std::string(document.text("alerts")).c_str(), nullptr, 10);
  add(sink.count == wanted ? kPassed : kFailed, fmt::format("sequence of {} events", index), rule,
      sink.count == wanted ? "" : fmt::format("{} alerts, wanted {}", sink.count, wanted));
}

}  // namespace tocsin
