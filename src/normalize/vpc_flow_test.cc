#include "normalize/vpc_flow.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "normalize/taxonomy_testing.h"
#include "normalize/text.h"
#include "normalize/text_records.h"

namespace tocsin {
namespace {

constexpr std::string_view kHead = "vpc-id srcaddr dstaddr srcport dstport action start flow-direction";
constexpr std::string_view kLine = "vpc-1 203.0.113.7 10.20.0.10 50122 22 REJECT 1772439330 ingress";

/// What a parser makes of lines: format, and the values under a path.
class Lines {
 public:
  void add(std::string_view text, std::string_view head = {}) {
    parser.begin_file(kNoTime, head);
    parser.parse(text, [&](const Event& event, std::size_t) {
      formats.emplace_back(parser.format());
      std::string& action = actions.emplace_back();
      for (const Value& value : event.values) {
        if (paths_.name(value.path) == "action" && value.kind != ValueKind::kNull) action = value.raw();
      }
    });
  }
  Names formats, actions;

 private:
  std::unique_ptr<const Taxonomy> taxonomy_ = *Taxonomy::load(Taxonomy::shipped());
  PathTable paths_{*taxonomy_};

 public:
  TextParser parser{paths_, &taxonomy_->formats()};
};

TEST(VpcFlow, AHeadIsNamesOfColumnsAndNothingElse) {
  EXPECT_TRUE(is_vpc_head("version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"));
  EXPECT_TRUE(is_vpc_head("srcaddr dstaddr srcport dstport action \r"));
  EXPECT_TRUE(is_vpc_head("srcaddr dstaddr srcport dstport action protocol new-one1 new-two"));
  for (const char* none : {"", "version", "srcaddr dstaddr srcport dstport", "srcaddr dstaddr srcport dstport new-one", "srcaddr dstaddr srcport dstport action srcaddr", "new-one srcaddr dstaddr srcport dstport action",
                           "srcaddr  dstaddr srcport dstport action", "srcaddr dstaddr srcport dstport action Protocol", "srcaddr\tdstaddr srcport dstport action", "start the action of version 7 packets"})
    EXPECT_FALSE(is_vpc_head(none)) << none;
  EXPECT_FALSE(is_vpc_head("srcaddr dstaddr srcport dstport action protocol new-one new-two new-three"));  // more than a quarter
  std::string wide = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id "
                     "sublocation-type sublocation-id pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path tgw-id";
  for (int i = 0; i < 10; ++i) wide += fmt::format(" new{}", i);
  EXPECT_TRUE(is_vpc_head(wide));
  for (std::size_t i = 0; i < kVpcColumnsMax; ++i) wide += " x";
  EXPECT_FALSE(is_vpc_head(wide));
}

TEST(VpcFlow, LinesAreReadByTheHeadAboveThem) {
  Lines lines;
  lines.add(fmt::format("{}\n{}\n", kHead, kLine));
  EXPECT_EQ(lines.formats, (Names{"", "vpc flow"}));
  EXPECT_EQ(lines.actions, (Names{"", "REJECT"}));
  lines.add(fmt::format("{} more\n{}\n", kLine, kLine.substr(0, kLine.rfind(' '))), kHead);
  EXPECT_EQ(lines.actions, (Names{"", "REJECT", "", ""}));  // a column too many, and one too few
  lines.add(kLine);                                          // another file, without a head
  EXPECT_EQ(lines.actions, (Names{"", "REJECT", "", "", ""}));
}

TEST(VpcFlow, TheUserSaysColumnsThatNoHeadNames) {
  Lines lines;
  ASSERT_TRUE(lines.parser.force(fmt::format("vpc flow: {}", kHead)));
  lines.add(fmt::format("{}\nsrcaddr dstaddr srcport dstport action\n203.0.113.7 10.20.0.10 1 2 ACCEPT\n", kLine));
  lines.add(kLine);
  EXPECT_EQ(lines.actions, (Names{"REJECT", "", "ACCEPT", "REJECT"}));
  EXPECT_FALSE(lines.parser.force("vpc flow: a b c"));
  EXPECT_FALSE(lines.parser.force("hdfs: srcaddr dstaddr srcport dstport action"));
  ASSERT_TRUE(lines.parser.force(""));
  lines.add(kLine);
  EXPECT_EQ(lines.actions.back(), "");
}

TEST(VpcFlow, AHeadGoesWithTheLinesBelowIt) {
  const std::string text = fmt::format("{0}\n{1}\n{1}\n", kHead, kLine);
  EXPECT_EQ(text_fields_line(text), kHead);
  EXPECT_EQ(text_fields_line(fmt::format("x\n{}\n", kHead)), "");  // in the middle only where it begins with version
  EXPECT_EQ(text_fields_line(fmt::format("x\nversion {0}\nx\nversion 2\n", kHead)), fmt::format("version {}", kHead));
  EXPECT_EQ(text_fields_line(fmt::format("{}\n#Fields: a\n", kHead)), "#Fields: a");
  EXPECT_EQ(text_fields_line(fmt::format("#Fields: a\nversion {}\n", kHead)), fmt::format("version {}", kHead));
  std::string columns;
  Names records;
  TextRecords().split(text, columns, [&](std::string_view raw) { records.emplace_back(raw); });
  EXPECT_EQ(records, (Names{std::string(kHead), fmt::format("{}\n{}", kHead, kLine), fmt::format("{}\n{}", kHead, kLine)}));
  const TextRecordParts parts = text_record_parts(records[1]);
  EXPECT_EQ(parts.columns, kHead);
  EXPECT_EQ(parts.text, kLine);
  Lines lines;
  lines.add(parts.text, parts.columns);
  EXPECT_EQ(lines.actions, (Names{"REJECT"}));
}

/// One format's columns end with the other's.
TEST(VpcFlow, HeadsOfOtherFormatsEndIt) {
  Lines lines;
  lines.add(fmt::format("{}\n#Fields: date time action\n{}\n2026-03-02 08:15:30 x\nversion {}\n2026-03-02 08:15:30 x\n", kHead, kLine, kHead));
  EXPECT_EQ(lines.formats, (Names{"", "", "", "w3c", "", ""}));
}

}  // namespace
}  // namespace tocsin
