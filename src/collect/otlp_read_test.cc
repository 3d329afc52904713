#include "collect/otlp_read.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <vector>

#include "collect/otlp_testing.h"

namespace tocsin {
namespace {

using Texts = std::vector<std::string>;
using std::string_literals::operator""s;

struct Told : ReceivedVisitor {
  void record(const Received& received) override {
    raws.emplace_back(received.raw);
    beside.push_back(std::string(received.host) + "|" + std::string(received.source) + "|" + std::string(received.time));
    fields.emplace_back(received.fields);
  }
  Texts raws, beside, fields;
  OtlpRead read;
};

Told json(std::string_view body) {
  OtlpReader reader;
  Told told;
  told.read = reader.json(body, told);
  return told;
}

Told proto(std::string_view body) {
  OtlpReader reader;
  Told told;
  told.read = reader.proto(body, told);
  return told;
}

/// One record around which everything is there.
const std::string kJson = R"({"resourceLogs":[{
  "scopeLogs":[{"logRecords":[{"timeUnixNano":"1772439330000000007","observedTimeUnixNano":1772439330000000008,"severityNumber":9,"severityText":"INFO",
      "body":{"kvlistValue":{"values":[{"key":"a","value":{"intValue":"-7"}},{"key":"b \"c\"","value":{"arrayValue":{"values":[{"boolValue":true},{"doubleValue":2.5},{},{"bytesValue":"AP8="}]}}}]}},
      "attributes":[{"key":"user.name","value":{"stringValue":"ann \"x\"\n"}},{"key":"empty","value":{}}],
      "flags":1,"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","eventName":"login","unknown":{"x":[1]}}],
    "scope":{"name":"app","version":"1","attributes":[{"key":"s","value":{"stringValue":"t"}}]}}],
  "resource":{"attributes":[{"key":"host.name","value":{"stringValue":"web-01"}},{"key":"n","value":{"intValue":3}}]}}],"unknown":1})";

std::string proto_request() {
  const std::string list = proto_field(1, proto_number(2, 1)) + proto_field(1, proto_double(4, 2.5)) + proto_field(1, "") + proto_field(1, proto_field(7, "\0\xff"s));
  const std::string body = proto_field(6, proto_field(1, proto_pair("a", proto_number(3, static_cast<std::uint64_t>(-7)))) + proto_field(1, proto_pair("b \"c\"", proto_field(5, list))));
  const std::string record = proto_fixed64(1, 1772439330000000007) + proto_number(2, 9) + proto_field(3, "INFO") + proto_field(5, body) + proto_field(6, proto_pair("user.name", proto_text("ann \"x\"\n"))) +
                             proto_field(6, proto_pair("empty", "")) + std::string("\x45\1\0\0\0", 5) + proto_field(9, "\x5b\x8e\xff\xf7\x98\x03\x81\x03\xd2\x69\xb6\x33\x81\x3f\xc6\x0c") +
                             proto_field(10, "\xee\xe1\x9b\x7e\xc3\xc1\xb1\x74") + proto_fixed64(11, 1772439330000000008) + proto_field(12, "login") + proto_field(200, "unknown");
  const std::string scope = proto_field(1, "app") + proto_field(2, "1") + proto_field(3, proto_pair("s", proto_text("t")));
  const std::string resource = proto_field(1, proto_pair("host.name", proto_text("web-01"))) + proto_field(1, proto_pair("n", proto_number(3, 3)));
  return proto_field(1, proto_field(2, proto_field(2, record) + proto_field(1, scope)) + proto_field(1, resource));
}

const std::string kRecord =
    R"({"timeUnixNano":1772439330000000007,"observedTimeUnixNano":1772439330000000008,"severityNumber":9,"severityText":"INFO","body":{"a":-7,"b \"c\"":[true,2.5,null,"AP8="]},)"
    R"("attributes.user.name":"ann \"x\"\n","attributes.empty":null,"resource.attributes.host.name":"web-01","resource.attributes.n":3,"scope.name":"app","scope.version":"1","scope.attributes.s":"t",)"
    R"("traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","flags":1,"eventName":"login"})";

TEST(Otlp, ALogRecordIsOneJsonTextInEitherEncoding) {
  for (const Told& told : {json(kJson), proto(proto_request())}) {
    EXPECT_FALSE(told.read.malformed);
    EXPECT_EQ(told.raws, Texts{kRecord});
    EXPECT_EQ(told.beside, Texts{"web-01||1772439330.000000007"});
    EXPECT_EQ(told.fields, Texts{""});
  }
}

std::string json_records(const std::string& records) { return R"({"resourceLogs":[{"resource":{"attributes":[{"key":"k","value":{"stringValue":"v"}}]},"scopeLogs":[{"logRecords":[)" + records + "]}]}]}"; }
std::string proto_records(const std::string& records) {
  return proto_field(1, proto_field(1, proto_field(1, proto_pair("k", proto_text("v")))) + proto_field(2, records));
}

TEST(Otlp, ALineThatWasReadFromAFileIsTheRecord) {
  const std::string line = "Mar  2 08:15:30 web-01 sshd[7]: \"x\"\t\\y";
  const std::string as_json = "Mar  2 08:15:30 web-01 sshd[7]: \\\"x\\\"\\t\\\\y";
  const Told told = json(json_records(R"({"observedTimeUnixNano":"5000000000","severityNumber":9,"body":{"stringValue":")" + as_json +
                                      R"("},"attributes":[{"key":"log.file.name","value":{"stringValue":"a"}},{"key":"log.file.path","value":{"stringValue":"/var/log/auth.log"}}]},)"
                                      R"({"body":{"stringValue":"{\"a\":1}"},"attributes":[{"key":"logtag","value":{"stringValue":"F"}}]},{"body":{"stringValue":"x"},"attributes":[{"key":"user","value":{"stringValue":"a"}}]},)"
                                      R"({"body":{"stringValue":" "},"attributes":[{"key":"log.x","value":{"intValue":1}}]},{"body":{"stringValue":"x"},"attributes":[{"key":"log.x","value":{"intValue":1}}],"traceId":"01"},)"
                                      R"({"body":{"stringValue":"said by a program"}})"));
  EXPECT_EQ(told.raws, (Texts{line, R"({"a":1})", R"({"body":"x","attributes.user":"a","resource.attributes.k":"v"})", R"({"body":" ","attributes.log.x":1,"resource.attributes.k":"v"})",
                              R"({"body":"x","attributes.log.x":1,"resource.attributes.k":"v","traceId":"01"})", R"({"body":"said by a program","resource.attributes.k":"v"})"}));
  EXPECT_EQ(told.beside[0], "|/var/log/auth.log|5.000000000");
  EXPECT_EQ(told.fields[0], R"({"observedTimeUnixNano":5000000000,"severityNumber":9,"attributes.log.file.name":"a","attributes.log.file.path":"/var/log/auth.log","resource.attributes.k":"v"})");
  EXPECT_EQ(told.fields[1], R"({"attributes.logtag":"F","resource.attributes.k":"v"})");
  EXPECT_EQ(told.fields[2], "");
  const Told packed = proto(proto_records(proto_field(2, proto_field(5, proto_text(line)) + proto_field(6, proto_pair("log.iostream", proto_text("stdout"))))));
  EXPECT_EQ(packed.raws, Texts{line});
  // What does not fit beside a line stands in it.
  const std::string longest(kOtlpFieldsBytesMax, 'x');
  EXPECT_TRUE(json(json_records(R"({"body":{"stringValue":"x"},"attributes":[{"key":"log.x","value":{}}],"severityText":")" + longest + "\"}")).raws[0].starts_with("{\"severityText\":\"xxx"));
}

TEST(Otlp, NumbersThatJsonHasNot) {
  EXPECT_EQ(proto(proto_records(proto_field(2, proto_field(5, proto_field(5, proto_field(1, proto_double(4, std::numeric_limits<double>::quiet_NaN())) + proto_field(1, proto_double(4, -std::numeric_limits<double>::infinity())) +
                                                                                 proto_field(1, proto_number(3, UINT64_C(1) << 63))))))).raws,
            Texts{R"({"body":["NaN","-Infinity",-9223372036854775808],"resource.attributes.k":"v"})"});
  EXPECT_EQ(json(json_records(R"({"body":{"arrayValue":{"values":[{"doubleValue":"NaN"},{"intValue":"9223372036854775807"}]}}})")).raws,
            Texts{R"({"body":["NaN",9223372036854775807],"resource.attributes.k":"v"})"});
}

TEST(Otlp, NamesWithUnderscoresAndNullsAreTakenToo) {
  EXPECT_EQ(json(R"({"resource_logs":[{"resource":null,"scope_logs":[{"scope":null,"log_records":[{"time_unix_nano":"1","severity_number":null,"body":{"string_value":null,"int_value":"4"}}]}]}]})").raws,
            Texts{R"({"timeUnixNano":1,"body":4})"});
  EXPECT_EQ(json("{}").read.records, 0u);
  EXPECT_FALSE(json("{}").read.malformed);
  EXPECT_FALSE(proto("").read.malformed);
}

TEST(Otlp, WhatIsMalformedIsSaid) {
  for (const std::string& bad : {""s, "x"s, "[]"s, "{"s, R"({"resourceLogs":{}})"s, R"({"resourceLogs":[1]})"s, json_records("1"), json_records(R"({"body":"x"})"), json_records(R"({"body":{"intValue":"x"}})"),
                                 json_records(R"({"body":{"intValue":"9223372036854775808"}})"), json_records(R"({"body":{"stringValue":1}})"), json_records(R"({"body":{"boolValue":1}})"), json_records(R"({"body":{"doubleValue":[]}})"), json_records(R"({"attributes":{}})"), json_records(R"({"attributes":[1]})")}) {
    EXPECT_TRUE(json(bad).read.malformed) << bad;
  }
  const std::string good = proto_request();
  for (std::size_t size = 1; size < good.size(); ++size) EXPECT_TRUE(proto(good.substr(0, size)).read.malformed) << size;
  EXPECT_TRUE(proto(proto_records(proto_field(2, proto_field(5, "\x0b")))).read.malformed) << "a group";
  EXPECT_TRUE(proto("\x02\x00"s).read.malformed) << "field 0";
  EXPECT_TRUE(proto("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02").read.malformed) << "a varint of more than 64 bits";
}

TEST(Protobuf, AFieldThatIsNotWholeIsNone) {
  for (const std::string& bad : {"\x0a\x03xy"s, "\x0a"s, "\x08\x80"s, "\x09" "1234567"s, "\x0d" "123"s, "\x80"s}) {
    ProtobufReader message(bad);
    EXPECT_FALSE(message.next()) << bad;
    EXPECT_TRUE(message.failed()) << bad;
  }
  ProtobufReader message("\x0a\x02xy\x10\x7f");
  ASSERT_TRUE(message.next());
  EXPECT_TRUE(message.is(1, ProtobufReader::Wire::kBytes));
  EXPECT_EQ(message.bytes(), "xy");
  ASSERT_TRUE(message.next());
  EXPECT_EQ(message.number(), 127u);
  EXPECT_FALSE(message.next());
  EXPECT_FALSE(message.failed());
}

TEST(Otlp, WhatIsTooLargeOrTooDeepIsRejectedAlone) {
  std::string deep_json = "{}", deep_proto;
  for (std::size_t i = 0; i < kOtlpDepthMax; ++i) {
    deep_json = R"({"arrayValue":{"values":[)" + deep_json + "]}}";
    deep_proto = proto_field(5, proto_field(1, deep_proto));
  }
  const std::string large(kReceivedBytesMax, 'x');
  for (const Told& told : {json(json_records(R"({"body":{"intValue":1}},{"body":)" + deep_json + R"(},{"body":{"stringValue":")" + large + R"("}},{},{"body":{"intValue":2}})")),
                           proto(proto_records(proto_field(2, proto_field(5, proto_number(3, 1))) + proto_field(2, proto_field(5, deep_proto)) + proto_field(2, proto_field(5, proto_text(large))) +
                                               proto_field(2, "") + proto_field(2, proto_field(5, proto_number(3, 2)))))}) {
    EXPECT_FALSE(told.read.malformed);
    EXPECT_EQ(told.raws, (Texts{R"({"body":1,"resource.attributes.k":"v"})", R"({"resource.attributes.k":"v"})", R"({"body":2,"resource.attributes.k":"v"})"}));
    EXPECT_EQ(told.read.rejected, 2u);
    EXPECT_FALSE(told.read.why.empty());
  }
  EXPECT_EQ(json(json_records(R"({"body":)" + deep_json.substr(0, deep_json.size()) + "}")).read.rejected, 1u);
}

TEST(Otlp, TooManyRecordsAreRefusedWhole) {
  std::string records;
  for (std::size_t i = 0; i < kOtlpRecordsMax; ++i) records += proto_field(2, proto_number(2, 1));
  EXPECT_FALSE(proto(proto_records(records)).read.malformed);
  EXPECT_TRUE(proto(proto_records(records + proto_field(2, proto_number(2, 1)))).read.malformed);
}

/// A random AnyValue in both encodings.
struct Both {
  std::string json, proto;
};
Both any(std::mt19937& random, int depth) {
  const std::string text = "t\"\\\n\u00fc" + std::to_string(random() % 100);
  const std::string in_json = "\"t\\\"\\\\\\n\u00fc" + text.substr(text.find_last_not_of("0123456789") + 1) + "\"";
  const auto number = static_cast<std::int64_t>(random()) - (1 << 30);
  switch (random() % (depth > 3 ? 4 : 6)) {
    case 0: return {"{\"stringValue\":" + in_json + "}", proto_text(text)};
    case 1: return {"{\"intValue\":\"" + std::to_string(number) + "\"}", proto_number(3, static_cast<std::uint64_t>(number))};
    case 2: return {"{\"boolValue\":true}", proto_number(2, 1)};
    case 3: return {"{}", ""};
    case 4: {
      Both all{"{\"arrayValue\":{\"values\":[", ""};
      for (unsigned i = 0, size = random() % 4; i < size; ++i) {
        const Both one = any(random, depth + 1);
        all.json += (i == 0 ? "" : ",") + one.json;
        all.proto += proto_field(1, one.proto);
      }
      return {all.json + "]}}", proto_field(5, all.proto)};
    }
    default: {
      Both all{"{\"kvlistValue\":{\"values\":[", ""};
      for (unsigned i = 0, size = random() % 4; i < size; ++i) {
        const Both one = any(random, depth + 1);
        all.json += (i == 0 ? "" : ",") + ("{\"key\":\"k" + std::to_string(i) + "\",\"value\":" + one.json + "}");
        all.proto += proto_field(1, proto_pair("k" + std::to_string(i), one.proto));
      }
      return {all.json + "]}}", proto_field(6, all.proto)};
    }
  }
}

TEST(Otlp, BothEncodingsAgreeOnMadeUpValues) {
  for (unsigned seed = 0; seed < 3'000; ++seed) {
    std::mt19937 random(seed);
    std::string in_json, in_proto;
    for (int i = 0; i < 3; ++i) {
      const Both body = any(random, 0), attribute = any(random, 0);
      in_json += (i == 0 ? "" : ",") + ("{\"severityNumber\":" + std::to_string(i) + ",\"body\":" + body.json + ",\"attributes\":[{\"key\":\"a\",\"value\":" + attribute.json + "}]}");
      in_proto += proto_field(2, proto_number(2, static_cast<std::uint64_t>(i)) + proto_field(5, body.proto) + proto_field(6, proto_pair("a", attribute.proto)));
    }
    const Told one = json(json_records(in_json)), other = proto(proto_records(in_proto));
    ASSERT_EQ(one.raws.size(), 3u) << in_json;
    ASSERT_EQ(one.raws, other.raws) << seed;
  }
}

}  // namespace
}  // namespace tocsin
