// Detection as code: runs the tests that stand beside rules. Two forms are read: our own (<rule>.test.yml, docs/rules.md)
// and SigmaHQ's regression data (info.yml with the rule's id, a recorded EVTX and how often the rule must match; the JSON
// form of the same recording, where it lies beside it, is run too). Every event goes the way of a scan.
//
//   RuleTests tests(Env::system(), engine);
//   for (const TestFile& file : find_test_files(env, paths, errors)) tests.run(file);
//   tests.results();
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "base/yaml.h"
#include "pipeline/engine.h"
#include "pipeline/worker.h"

namespace tocsin {

struct TestFile {
  std::string path;
  bool regression = false;  // an info.yml
};

struct TestResult {
  enum class Outcome : std::uint8_t { kPassed, kFailed, kNoTest } outcome = Outcome::kPassed;
  std::string file, name, rule, detail;
};

/// Every *.test.yml and info.yml below the paths.
std::vector<TestFile> find_test_files(Env& env, const std::vector<std::string>& paths, std::vector<Error>& errors);

class RuleTests {
 public:
  RuleTests(Env& env, Engine& engine);

  void run(const TestFile& file);
  const std::vector<TestResult>& results() const { return results_; }

 private:
  class CountingWriter : public AlertWriter {
   public:
    void write(const Alert& alert, AlertText&) const override { fired.push_back(alert.rule); }
    mutable std::vector<const RuleCard*> fired;
  };
  struct Case {
    std::string text;
    bool is_line = false;
  };

  void add(TestResult::Outcome outcome, const std::string& name, const std::string& rule, std::string detail);
  void regression(const YamlNode& document);
  void recorded(const std::string& path, const std::string& rule, std::uint64_t count);
  void own(const YamlNode& document);
  void single_case(const YamlNode& document, const YamlNode& one, bool must_match);
  void sequence(const YamlNode& document);
  bool read_case(const YamlNode& node, Case& into, std::string& trouble) const;
  void process(const Case& one, BlockResult& result);
  const RuleCard* card(std::string_view id) const;

  Env& env_;
  Engine& engine_;
  CountingWriter writer_;
  std::vector<HitFields> hit_fields_;
  std::unique_ptr<Worker> worker_;
  std::string file_;
  std::vector<TestResult> results_;
};

}  // namespace tocsin
