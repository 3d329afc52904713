// Records of real sources, from their bytes to what baselines see of them: which are log-ins that succeeded, by which row of content/baselines/logins.yml, and whose from where. Each row of the table has one.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <set>

#include "base/env.h"
#include "base/yaml.h"
#include "baseline/event_reader.h"
#include "baseline/login_reader.h"
#include "detect/sigma/load.h"
#include "pipeline/record_reader.h"
#include "pipeline/worker.h"
#include "report/alert_writer.h"

namespace tocsin {
namespace {

class LoginRows : public testing::Test {
 protected:
  /// "row account address", or "" if it is none.
  std::string read(const std::string& record) {
    said_.clear();
    (void)put_record(record, TimeUs{1'796'000'000} * 1'000'000, block_);  // after all of them: a time without a year has one
    worker_.process(block_, "syslog/gw", result_);
    EXPECT_EQ(result_.damaged, 0u) << record;
    return said_;
  }

 private:
  void look_at(const Event& event, const PathTable& paths) {
    const LogSourceClass& of = engine_.log_sources().get(event.log_source);
    std::vector<std::uint16_t> parts;
    baseline::LoginReader reader(fields_.logins());
    for (const Value& value : event.values) {
      if (value.kind == ValueKind::kNull || value.size == 0 || value.raw() == "-") continue;
      parts.clear();
      reader.add_parts(of, paths.meaning(value.path), parts);
      for (const std::uint16_t part : parts) reader.see(part, value);
    }
    const baseline::LoginReader::Found found = reader.take();
    if (found.account != nullptr) said_ = fields_.logins().rows()[found.row].name + " " + text_of(found.account) + " " + text_of(found.address);
    if (!events_) events_.emplace(fields_, paths, engine_.log_sources());
    baseline::Observation seen;
    events_->read(event, "syslog/gw", kNoTime, seen);
    EXPECT_EQ(seen.login.account.fingerprint != 0, found.account != nullptr) << "as it is read beside the other fields";
    EXPECT_EQ(seen.login.address, found.address);
  }
  static std::string text_of(const Value* value) {
    std::string text;
    append_value_text(text, *value);
    return text;
  }

  const baseline::BaselineFields fields_ = *baseline::BaselineFields::shipped();
  Engine engine_{{}, std::move(*Taxonomy::load(Taxonomy::shipped()))};
  const SilentWriter writer_;
  const std::vector<HitFields> no_hits_;
  Worker worker_{engine_, WorkerOptions{}, writer_, no_hits_};
  std::optional<baseline::EventReader> events_;
  Block block_;
  BlockResult result_;
  std::string said_;

 protected:
  LoginRows() {
    worker_.watch_all([this](const Event& event, const PathTable& paths) { look_at(event, paths); });
  }
  const baseline::LoginTable& table() const { return fields_.logins(); }
};

TEST_F(LoginRows, EachRowHasARecordOfItsSource) {
  const std::string file = std::string(TOCSIN_SOURCE_DIR) + "/tests/data/baselines/logins.yml";
  const Result<std::string> text = Env::system().read_file(file, 1u << 20);
  ASSERT_TRUE(text) << text.error().message;
  const auto documents = parse_yaml(*text);
  ASSERT_TRUE(documents) << documents.error().message;
  std::set<std::string> rows;
  for (const YamlNode& one : documents->front().items) {
    const std::string row(one.text("row")), name(one.text("case"));
    EXPECT_EQ(read(std::string(one.text("record"))), row.empty() ? "" : row + " " + std::string(one.text("account")) + " " + std::string(one.text("address"))) << name;
    rows.insert(row);
  }
  for (const baseline::LoginTable::Row& row : table().rows()) EXPECT_TRUE(rows.contains(row.name)) << row.name << " has no record in " << file;
}

}  // namespace
}  // namespace tocsin
