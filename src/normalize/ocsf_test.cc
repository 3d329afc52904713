// The parts of the projection by themselves: patterns with holes, values as the schema's types, what is wrong with a rule, which rule is
// taken and what of it is written. Whole events, and that they are valid, are tests/ocsf.
#include "normalize/ocsf.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>

#include "normalize/json.h"
#include "normalize/ocsf_capture.h"
#include "normalize/ocsf_values.h"

namespace tocsin {

extern std::atomic<std::size_t> allocations;  // allocations_test.cc

namespace {

std::string captured(std::string_view pattern, std::string_view text) {
  const auto parsed = CapturePattern::parse(pattern);
  if (!parsed) return "error";
  CapturePattern::Values values;
  if (!parsed->match(text, values)) return "no";
  std::string out;
  for (std::size_t i = 0; i < parsed->names().size(); ++i) out += parsed->names()[i] + "=" + std::string(values[i]) + ";";
  return out;
}

TEST(OcsfCapture, TakesTextsApart) {
  EXPECT_EQ(captured("Failed <m> for <user> from <ip> port <p> ssh2", "Failed password for ann from 10.0.0.1 port 7 ssh2"), "m=password;user=ann;ip=10.0.0.1;p=7;");
  EXPECT_EQ(captured("for <user> from <ip>", "for x from y from 10.0.0.1"), "user=x;ip=y from 10.0.0.1;");
  EXPECT_EQ(captured("as <a>", "as "), "no") << "a hole takes one byte at least";
  EXPECT_EQ(captured("as <_>", "as "), "") << "but not the one that keeps nothing";
  EXPECT_EQ(captured("<a>.", "x.y."), "a=x.y;") << "what ends the pattern ends the text";
  EXPECT_EQ(captured("<a>.", "."), "no");
  EXPECT_EQ(captured("<a>-<b>.", "x-."), "no");
  EXPECT_EQ(captured("plain", "plain"), "");
  EXPECT_EQ(captured("plain", "plain and more"), "no");
  EXPECT_EQ(captured("<a>", ""), "no");
  for (const char* bad : {"<a", "<a><b>", "<>", "x<a<b>"}) EXPECT_EQ(captured(bad, "x"), "error") << bad;
  std::string many;
  for (std::size_t i = 0; i <= kCapturesMax; ++i) many += "<h" + std::to_string(i) + "> ";
  EXPECT_EQ(captured(many, "x"), "error");
}

/// The twin: what stands where, by trying nothing twice. Then the pieces, put together again, are the text.
TEST(OcsfCapture, PiecesPutTogetherAreTheText) {
  std::mt19937 random(7);
  const auto letters = [&](std::size_t most) {
    std::string text;
    for (std::size_t i = random() % (most + 1); i > 0; --i) text += "ab,"[random() % 3];
    return text;
  };
  std::size_t matched = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string first = letters(2), between = "," + letters(1), last = letters(1), text = letters(8);
    const std::string found = captured(first + "<x>" + between + "<y>" + last, text);
    const std::size_t begin = first.size();
    const std::size_t at = text.size() > begin ? text.find(between, begin + 1) : std::string::npos;
    const bool fits = text.starts_with(first) && at != std::string::npos && at + between.size() + 1 + last.size() <= text.size() && text.ends_with(last);
    const std::size_t rest = at == std::string::npos ? 0 : at + between.size();
    EXPECT_EQ(found, fits ? "x=" + text.substr(begin, at - begin) + ";y=" + text.substr(rest, text.size() - rest - last.size()) + ";" : "no")
        << first << "<x>" << between << "<y>" << last << " on " << text;
    matched += fits ? 1 : 0;
  }
  EXPECT_GT(matched, 500u);
}

struct Written {
  OcsfKind kind;
  const char *text, *json;  // "": it is none of that type
};
constexpr Written kWritten[] = {
    {OcsfKind::kText, "a\"b\x01", "\"a\\\"b\\u0001\""},
    {OcsfKind::kInteger, "0x1F", "31"},
    {OcsfKind::kInteger, "-7", "-7"},
    {OcsfKind::kInteger, "7x", ""},
    {OcsfKind::kInteger, "0x", ""},
    {OcsfKind::kInteger, "99999999999999999999", ""},
    {OcsfKind::kPort, "65535", "65535"},
    {OcsfKind::kPort, "65536", ""},
    {OcsfKind::kPort, "-1", ""},
    {OcsfKind::kFloat, "1.5e3", "1.5e3"},
    {OcsfKind::kFloat, "01", ""},
    {OcsfKind::kFloat, "1.", ""},
    {OcsfKind::kFloat, "inf", ""},
    {OcsfKind::kBool, "True", "true"},
    {OcsfKind::kBool, "maybe", ""},
    {OcsfKind::kIp, "203.0.113.7:51234", "\"203.0.113.7\""},
    {OcsfKind::kIp, "[2001:db8::1]:443", "\"2001:db8::1\""},
    {OcsfKind::kIp, "fe80::1%12", "\"fe80::1\""},
    {OcsfKind::kIp, "203.0.113.700", ""},
    {OcsfKind::kIp, "[x", ""},
    {OcsfKind::kMac, "00:1A-2b:3c:4d:5e", "\"00:1A-2b:3c:4d:5e\""},
    {OcsfKind::kMac, "00:1A:2b:3c:4d", ""},
    {OcsfKind::kEmail, "m.adler+x@corp.example", "\"m.adler+x@corp.example\""},
    {OcsfKind::kEmail, "m@corp", ""},
    {OcsfKind::kEmail, "m adler@corp.example", ""},
    {OcsfKind::kEmail, "@corp.example", ""},
    {OcsfKind::kUuid, "{123e4567-e89b-12d3-a456-426614174000}", "\"123e4567-e89b-12d3-a456-426614174000\""},
    {OcsfKind::kUuid, "123e4567", ""},
};

TEST(OcsfValues, AreOfTheirTypeOrNotThere) {
  for (const Written& each : kWritten) {
    std::string out;
    EXPECT_EQ(append_ocsf(each.kind, each.text, out), each.json[0] != '\0') << each.text;
    EXPECT_EQ(out, each.json) << each.text;
  }
  std::string hashes;
  EXPECT_EQ(append_fingerprints("SHA1=0123456789abcdef0123456789abcdef01234567,X=00112233445566778899", hashes), 2u);
  EXPECT_EQ(hashes, R"({"algorithm_id":2,"value":"0123456789abcdef0123456789abcdef01234567"},{"algorithm_id":99,"algorithm":"X","value":"00112233445566778899"})");
  EXPECT_EQ(append_fingerprints("SHA1=0123456789abcdef0123456789abcdef01234567,and more", hashes), 0u) << "what is not all hashes stays whole elsewhere";
}

std::unique_ptr<const Taxonomy> taxonomy_of(const std::string& rules) {
  auto taxonomy = Taxonomy::load({{"m.yml", rules}});
  EXPECT_TRUE(taxonomy) << taxonomy.error().message;
  return taxonomy ? std::move(*taxonomy) : nullptr;
}

/// One event through its own tables.
struct Projected {
  explicit Projected(const Taxonomy& taxonomy) : paths(taxonomy), projector(taxonomy, log_sources, paths), parser(paths) {}
  std::string operator()(std::string text) {
    const std::size_t size = text.size();
    text.append(kJsonPadding, ' ');
    EXPECT_TRUE(parser.parse(std::string_view(text).substr(0, size), event));
    out.clear();
    projector.append(event, out);
    return out;
  }
  LogSourceTable log_sources;
  PathTable paths;
  OcsfProjector projector;
  JsonParser parser;
  Event event;
  std::string out;
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

struct Mistaken {
  const char *rule, *message;
};
constexpr Mistaken kMistaken[] = {
    {"{class: proces_activity, fixed: {metadata.product.name: x}}", "'proces_activity' is not a class of OCSF"},
    {"{fixed: {metadata.product.name: x}}", "a rule without cases needs a class"},
    {"{class: base_event}", "base_event must have 'metadata'"},
    {"{class: base_event, fixed: {metadata.product.name: x}, fields: {metadata.colour: a}}", "metadata has no attribute 'colour'"},
    {"{class: base_event, fixed: {metadata.product.name: x, severity_id: 9}}", "'severity_id' cannot be always '9'"},
    {"{class: base_event, fixed: {metadata.product.name: x, type_uid: 9}}", "'type_uid' is written of itself"},
    {"{class: base_event, fixed: {metadata.product.name: x}, fields: {device.hostname: a}}", "belongs to the profile 'host'"},
    {"{class: base_event, fixed: {metadata.product.name: x}, fields: {message.x: a}}", "'message' is no object"},
    {"{class: network_activity, fixed: {metadata.product.name: x}}", "must have one of dst_endpoint, src_endpoint"},
    {"{class: network_activity, fixed: {metadata.product.name: x}, fields: {src_endpoint.port: a}}", "'src_endpoint' must have one of ip"},
    {"{class: dns_activity, fixed: {metadata.product.name: x}, fields: {src_endpoint.ip: a, answers.rdata: b}}", "answers is a list"},
    {"{class: dns_activity, fixed: {metadata.product.name: x}, fields: {'src_endpoint[].ip': a}}", "src_endpoint is no list"},
    {"{class: process_activity, fixed: {metadata.product.name: x}}", "process_activity must have 'process'"},
    {"{class: base_event, activity: user, fixed: {metadata.product.name: x}}", "activity must be a number"},
    {"{class: base_event, activity: {from: a, translate: {b: 5}}, fixed: {metadata.product.name: x}}", "'activity_id' cannot be 5"},
    {"{class: base_event, colour: 1, fixed: {metadata.product.name: x}}", "'colour' is not a part of a rule"},
    {"{class: base_event, capture: {message: '<a'}, fixed: {metadata.product.name: x}}", "'<' without '>'"},
    {"{class: base_event, when: {a: {b: c}}, fixed: {metadata.product.name: x}}", "must be a value, a list of values"},
    {"{class: authentication, fields: {user.type: a, user.name: b, service.name: c, src_endpoint.os.type: d, src_endpoint.os.name: e, src_endpoint.ip: f}, fixed: {metadata.product.name: x}}", "'type' says in words what 'type_id' is"},
};

TEST(OcsfRules, MistakesAreToldWithTheirPlace) {
  for (const Mistaken& each : kMistaken) {
    const auto taxonomy = Taxonomy::load({{"m.yml", std::string("ocsf:\n  - ") + each.rule + "\n"}});
    ASSERT_FALSE(taxonomy) << each.rule;
    EXPECT_TRUE(has(taxonomy.error().message, each.message)) << taxonomy.error().message;
    EXPECT_TRUE(taxonomy.error().message.starts_with("m.yml:2:")) << taxonomy.error().message;
  }
}

TEST(OcsfRules, TheFirstThatHasWhatItsClassAsksForIsTaken) {
  const auto taxonomy = taxonomy_of(
      "ocsf:\n"
      "  - fixed: {metadata.product.name: x}\n"
      "    fields: {src_endpoint.ip: [a, b]}\n"
      "    cases:\n"
      "      - {when: {kind: dns}, class: dns_activity, activity: 1, fields: {query.hostname: q}}\n"
      "      - {when: {kind: {not: [none, 'no*']}}, class: network_activity, activity: 6, fields: {src_endpoint.ip: a}}\n");
  Projected project(*taxonomy);
  EXPECT_TRUE(has(project(R"({"kind":"DNS","q":"x.example","b":"10.0.0.1"})"), R"("class_uid":4003,"category_uid":4,"activity_id":1,"type_uid":400301)"));
  EXPECT_TRUE(has(project.out, R"("src_endpoint":{"ip":"10.0.0.1"})"));
  EXPECT_TRUE(has(project(R"({"kind":"dns","q":"x.example"})"), R"("class_uid":0)")) << "no endpoint: neither class";
  EXPECT_TRUE(has(project.out, R"("unmapped":{"kind":"dns","q":"x.example"})"));
  EXPECT_TRUE(has(project(R"({"kind":"flow","a":"no address","b":"10.0.0.1"})"), R"("class_uid":0)")) << "the inner rule's field stands alone";
  EXPECT_TRUE(has(project(R"({"kind":"flow","a":["no address","10.0.0.2"]})"), R"("src_endpoint":{"ip":"10.0.0.2"})"));
  EXPECT_TRUE(has(project.out, R"("a":"no address")"));
  EXPECT_TRUE(has(project(R"({"kind":"NOTHING","a":"10.0.0.2"})"), R"("class_uid":0)"));
}

TEST(OcsfRules, ObjectsListsAndConstants) {
  const auto taxonomy = taxonomy_of(
      "ocsf:\n"
      "  - class: dns_activity\n"
      "    profiles: [host]\n"
      "    fixed: {metadata.product.name: x, query.class: IN}\n"
      "    severity: {from: s, translate: {low: 2}, else: 99}\n"
      "    capture: {m: ['<who>@<host>: <_>']}\n"
      "    fields:\n"
      "      src_endpoint: {address: [from]}\n"
      "      src_endpoint.port: p\n"
      "      src_endpoint.name: {else: Unknown}\n"
      "      query.hostname: q\n"
      "      'answers[*].rdata': r\n"
      "      'answers[*].type': t\n"
      "      actor.user: {user: <who>}\n"
      "      device.hostname: <host>\n");
  Projected project(*taxonomy);
  EXPECT_TRUE(has(project(R"({"m":"CORP\\m@ws: hi","from":"ws-07","p":7,"q":"a.example","r":["1","2"],"t":"A","s":"low"})"),
                  R"("src_endpoint":{"hostname":"ws-07","port":7},"actor":{"user":{"name":"m","domain":"CORP"}})")
              || has(project.out, R"("hostname":"ws-07")")) << project.out;
  EXPECT_TRUE(has(project.out, R"("answers":[{"rdata":"1","type":"A"},{"rdata":"2","type":"A"}])")) << project.out;
  EXPECT_TRUE(has(project.out, R"("severity_id":2)")) << project.out;
  EXPECT_TRUE(has(project.out, R"("name":"m","domain":"CORP")")) << project.out;
  EXPECT_FALSE(has(project.out, "Unknown")) << "the host name is enough: " << project.out;
  EXPECT_TRUE(has(project(R"({"m":"m@ws: hi","from":"10.0.0.1","s":"odd"})"), R"("severity_id":99,"severity":"odd")")) << project.out;
  EXPECT_TRUE(has(project.out, R"("src_endpoint":{"ip":"10.0.0.1"})")) << project.out;
  EXPECT_FALSE(has(project.out, "query")) << "without a name there is no query: " << project.out;
  EXPECT_TRUE(has(project(R"({"m":"m@ws: hi"})"), R"("src_endpoint":{"name":"Unknown"})")) << project.out;
  EXPECT_TRUE(has(project(R"({"m":"no hole fits"})"), R"("class_uid":0)")) << project.out;
}

TEST(OcsfProjector, WarmItAllocatesNothing) {
  auto shipped = Taxonomy::load(Taxonomy::shipped(true));
  ASSERT_TRUE(shipped) << shipped.error().message;
  PathTable paths(**shipped);
  LogSourceTable log_sources;
  Classifier classifier(**shipped, log_sources, paths);
  OcsfProjector projector(**shipped, log_sources, paths);
  JsonParser parser(paths);
  std::string text = R"({"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":3,"Computer":"ws-07","UtcTime":"2026-03-02 08:15:30.120","ProcessId":77,"Image":"C:\\a.exe","SourceIp":"10.0.0.1","SourcePort":7,"DestinationIp":"10.0.0.2","x":[1,2]})";
  const std::size_t size = text.size();
  text.append(kJsonPadding, ' ');
  Event event;
  std::string out;
  std::size_t before = 0;
  for (int round = 0; round < 100; ++round) {
    if (round == 10) before = allocations;
    ASSERT_TRUE(parser.parse(std::string_view(text).substr(0, size), event));
    classifier.classify(event);
    out.clear();
    EXPECT_EQ(projector.append(event, out), 4001u);
  }
  EXPECT_EQ(allocations - before, 0u);
}

TEST(OcsfProjector, ObservablesHaveAnEnd) {
  const auto taxonomy = taxonomy_of("ocsf:\n  - {class: dns_activity, fixed: {metadata.product.name: x, src_endpoint.name: y}, fields: {query.hostname: q}}\nentities: {ip: [a]}\n");
  Projected project(*taxonomy);
  std::string many = R"({"q":"a.example","a":["10.0.0.1")";
  for (std::size_t i = 0; i < kObservablesMax; ++i) many += ",\"10.0.1." + std::to_string(i) + "\"";
  project(many + "]}");
  std::size_t count = 0;
  for (std::size_t at = project.out.find("\"type_id\":2,"); at != std::string::npos; at = project.out.find("\"type_id\":2,", at + 1)) ++count;
  EXPECT_EQ(count, kObservablesMax - 1) << "one is the name that was asked for";
  EXPECT_TRUE(has(project.out, "10.0.1." + std::to_string(kObservablesMax - 1))) << "the last is there, unmapped";
  project(R"({"q":")" + std::string(kObservableBytesMax, 'x') + "\"}");
  EXPECT_FALSE(has(project.out, "observables"));
}

}  // namespace
}  // namespace tocsin
