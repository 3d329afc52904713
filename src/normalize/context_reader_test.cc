#include "normalize/context_reader.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "normalize/taxonomy_testing.h"

namespace tocsin {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// "role field=value" of each, in order.
std::string context_of(std::string_view yaml, const Fields& fields) {
  const std::unique_ptr<const Taxonomy> taxonomy = load(yaml);
  LogSourceTable log_sources;
  PathTable paths(*taxonomy);
  Classifier classifier(*taxonomy, log_sources, paths);
  ContextReader reader(*taxonomy, log_sources, paths);
  Event event;
  for (const auto& [key, text] : fields) event.values.push_back({text.data(), static_cast<std::uint32_t>(text.size()), paths.child(PathTable::kRoot, key), ValueKind::kText});
  classifier.classify(event);
  std::vector<AlertContext> context;
  reader.read(event, context);
  std::string text;
  for (const AlertContext& one : context) text += (text.empty() ? "" : ", ") + std::string(kContextRoleNames[static_cast<std::size_t>(one.role)]) + ' ' + one.field + '=' + one.value;
  return text;
}

constexpr std::string_view kMapping = R"(
context:
  actor.name: [First, Second]
  parent.pid:
    - Parent
    - {field: Pid, beside: NewPid}
  process.pid: [NewPid, Pid]
columns:
  user: [Column, Second]
  host: [Machine]
  source_ip: [Address]
)";

TEST(ContextReader, TakesTheBestFieldOfARole) {
  EXPECT_EQ(context_of(kMapping, {{"Second", "b"}, {"First", "a"}}), "actor.name First=a");
  EXPECT_EQ(context_of(kMapping, {{"Second", "b"}, {"First", "-"}}), "actor.name Second=b") << "what says nothing is passed over";
  EXPECT_EQ(context_of(kMapping, {{"First", "a"}, {"First", "later"}}), "actor.name First=a") << "of several the first";
  EXPECT_EQ(context_of(kMapping, {{"Other", "x"}}), "");
}

TEST(ContextReader, AsksWhatStandsBeside) {
  EXPECT_EQ(context_of(kMapping, {{"Pid", "4"}}), "process.pid Pid=4");
  EXPECT_EQ(context_of(kMapping, {{"Pid", "4"}, {"NewPid", "7"}}), "process.pid NewPid=7, parent.pid Pid=4");
  EXPECT_EQ(context_of(kMapping, {{"Pid", "4"}, {"NewPid", "7"}, {"Parent", "1"}}), "process.pid NewPid=7, parent.pid Parent=1");
}

TEST(ContextReader, TheRestComesFromColumns) {
  EXPECT_EQ(context_of(kMapping, {{"Column", "c"}, {"Machine", "WS5"}, {"Address", "[2001:DB8::1]:443"}}), "host Machine=WS5, actor.name Column=c, source.ip Address=2001:db8::1");
  EXPECT_EQ(context_of(kMapping, {{"Column", "c"}, {"First", "a"}}), "actor.name First=a") << "a field of the role comes first";
}

TEST(ContextReader, SeesTheNamesOfALogSource) {
  const std::string mapping = std::string(kMapping) + R"(
log_sources:
  - {product: x, when: {Kind: x}, fields: {First: who}}
)";
  EXPECT_EQ(context_of(mapping, {{"Kind", "x"}, {"who", "a"}}), "actor.name First=a");
  EXPECT_EQ(context_of(mapping, {{"who", "a"}}), "");
}

TEST(ContextReader, KeepsSoMuchOfAValue) {
  const std::string kept = context_of(kMapping, {{"First", std::string(kContextBytesMax - 1, 'a') + "ä" + std::string(100, 'b')}});
  EXPECT_EQ(kept.size(), std::string("actor.name First=").size() + kContextBytesMax - 1) << "not half a character";
  EXPECT_TRUE(is_valid_utf8(kept));
}

TEST(ContextReader, MistakesInMappingsAreNamed) {
  const auto mistake = [](std::string_view yaml) {
    const auto taxonomy = Taxonomy::load({{"m.yml", std::string(yaml)}});
    return taxonomy ? std::string() : taxonomy.error().message;
  };
  EXPECT_NE(mistake("context: 7").find("m.yml:1:10: context must be a mapping"), std::string::npos);
  EXPECT_NE(mistake("context:\n  actor: [x]").find("m.yml:2:3: 'actor' is not a role (host, actor.name"), std::string::npos);
  EXPECT_NE(mistake("context:\n  host: x").find("'host' must be a list of fields"), std::string::npos);
  EXPECT_NE(mistake("context:\n  host: [{field: x}]").find("must be a field name, or a mapping of field and beside"), std::string::npos);
  EXPECT_NE(mistake("context:\n  host: [x, x]").find("'x' is a field of this role already"), std::string::npos);
}

}  // namespace
}  // namespace tocsin
