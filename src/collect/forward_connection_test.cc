#include "collect/forward_connection.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <array>

#include "collect/acked_testing.h"
#include "collect/net_fakes.h"
#include "collect/packed_testing.h"

namespace tocsin {
namespace {

using namespace std::string_literals;

std::string text(const std::string& bytes) {
  std::string out;
  append_msgpack_text(out, bytes);
  return out;
}
std::string binary(const std::string& bytes) {
  std::string out;
  append_msgpack_binary(out, bytes);
  return out;
}
const std::string kTime = "\xd7\x00\x65\x53\xf1\x00\x00\x00\x00\x05"s;  // 1700000000.000000005
const std::string kSeconds = "\xce\x65\x53\xf1\x00"s;
std::string record(const std::string& value) { return "\x81" + text("m") + text(value); }
std::string entry(const std::string& value) { return "\x92" + kTime + record(value); }
std::string chunk(const std::string& name, const std::string& compressed = "") {
  return (compressed.empty() ? "\x81" : "\x82" + text("compressed") + text(compressed)) + text("chunk") + text(name);
}
std::string ack(const std::string& name) { return "\x81" + text("ack") + text(name); }

/// Whatever the reads.
AckedRun run_forward(const std::string& bytes) {
  AckedRun first;
  for (const std::size_t step : {bytes.size() + 1, std::size_t{1}, std::size_t{13}}) {
    ForwardConnection forward(nullptr);
    const AckedRun run = run_acked(forward, bytes, step);
    if (step > bytes.size()) first = run;
    EXPECT_EQ(run, first) << step;
  }
  return first;
}

std::vector<AckedRun::Record> expected(const std::vector<std::string>& values, const std::string& time = "1700000000.000000005") {
  std::vector<AckedRun::Record> all;
  for (const std::string& value : values) all.push_back({"{\"m\":\"" + value + "\"}", "a.tag", time, "", false});
  return all;
}

TEST(Forward, EveryMode) {
  const std::string tag = text("a.tag");
  EXPECT_EQ(run_forward("\x93" + tag + kSeconds + record("x")).records, expected({"x"}, "1700000000"));
  EXPECT_EQ(run_forward("\x94" + tag + kTime + record("x") + chunk("c1")).out, ack("c1"));
  EXPECT_EQ(run_forward("\x92" + tag + "\x92" + entry("x") + entry("y")).records, expected({"x", "y"}));
  const AckedRun forward = run_forward("\x93" + tag + "\x91" + entry("x") + chunk("c2"));
  EXPECT_EQ(forward.records, expected({"x"}));
  EXPECT_EQ(forward.out, ack("c2"));
  for (const std::string& entries : {binary(entry("x") + entry("y")), text(entry("x") + entry("y"))}) {
    EXPECT_EQ(run_forward("\x93" + tag + entries + chunk("c3")).records, expected({"x", "y"}));
    EXPECT_EQ(run_forward("\x92" + tag + entries).out, "");
  }
  const AckedRun gzip = run_forward("\x93" + tag + binary(packed(entry("x")) + packed(entry("y"))) + chunk("c4", "gzip"));
  EXPECT_EQ(gzip.records, expected({"x", "y"})) << "several members, as Fluentd makes them";
  EXPECT_EQ(gzip.out, ack("c4"));
  const AckedRun several = run_forward("\xc0" + "\x93"s + tag + "\x90" + chunk("c5") + "\xc0" + "\x93" + tag + binary("") + chunk("c6", "text"));
  EXPECT_TRUE(several.records.empty());
  EXPECT_EQ(several.out, ack("c5") + ack("c6"));
}

TEST(Forward, TimesAndMetadata) {
  const auto record_at = [](const std::string& time) { return run_forward("\x92" + text("t") + "\x91\x92" + time + "\x80").records.at(0); };
  EXPECT_EQ(record_at("\xc7\x08\x00\x00\x00\x00\x01\x3b\x9a\xc9\xff"s).time, "1.999999999");
  EXPECT_EQ(record_at("\x07").time, "7");
  EXPECT_EQ(record_at("\xff").time, "-1");
  EXPECT_EQ(record_at("\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"s).time, "1.5");
  EXPECT_EQ(record_at("\x92" + kTime + "\x80").fields, "");
  EXPECT_EQ(record_at("\x92" + kTime + "\x81" + text("k") + "\x01").fields, "{\"k\":1}");
  EXPECT_EQ(record_at("\x92" + kTime + "\x81" + text("k") + "\x01").time, "1700000000.000000005");
}

TEST(Forward, AMistakeIsToldAndNothingOfItsMessageTaken) {
  const std::string tag = text("a.tag"), good = "\x93" + tag + kTime + record("good");
  const std::pair<std::string, std::string> cases[] = {
      {"\x16\x03", "this is no message"}, {"{\"a\":1}", "this is no message"}, {"\x91" + tag, "this is no message"}, {"\x95" + tag + "\x01\x80\x80\x80", "this is no message"},
      {"\x93\x01\x01\x80", "does not begin with its tag"}, {"\x93" + text(std::string(1025, 't')) + kTime + record("x"), "a tag has 1025 bytes; 1024 are the most"},
      {"\x92" + tag + kTime, "a time and no record"}, {"\x93" + tag + kTime + "\x01", "a record is no map"}, {"\x93" + tag + "\xc3" + record("x"), "a time is neither"},
      {"\x93" + tag + "\x90\x01", "option of a message is no map"}, {"\x94" + tag + "\x90\x80\x80", "a part too many"},
      {"\x93" + tag + "\x90" + chunk(std::string(1025, 'c')), "the name of a chunk has 1025 bytes"},
      {"\x92" + tag + "\x92" + entry("x") + "\x01", "entry 2: it is not a time and a record"}, {"\x92" + tag + "\x91\x92" + kTime + "\x90", "entry 1: its record is no map"},
      {"\x92" + tag + "\x92" + entry("x") + "\x92\x90\x80", "entry 2: Forward: a time is neither"}, {"\x92" + tag + binary(entry("x") + "\x92"), "entry 2: the message ends within it"},
      {"\x92" + tag + binary(entry("x") + "\xc1"), "entry 2: byte 0 begins no value"}, {"\x93" + tag + binary("abc") + chunk("c", "gzip"), "packed entries: gzip"},
      {"\x93" + tag + binary(packed(entry("x")).substr(0, 30)) + chunk("c", "gzip"), "packed entries: gzip"}, {"\x93" + tag + binary(entry("x")) + chunk("c", "zstd"), "packed otherwise than by gzip"},
      {"\x92" + tag + "\x91\x92\x92" + kTime + "\x81" + text("k") + text(std::string(40'000, 'f')) + "\x80", "metadata have 40008 bytes; 32768 are the most"}, {"\xc1", "byte 0 begins no value"},
      {"\x93" + tag + kTime + "\x81\x90\x01", "an array or a map is a key"}};
  for (const auto& [bad, why] : cases) {
    const AckedRun run = run_forward(good + bad + good);
    EXPECT_NE(run.error.find(why), std::string::npos) << why << ": " << run.error;
    EXPECT_TRUE(run.error.starts_with("Forward: ")) << run.error;
    EXPECT_EQ(run.records, expected({"good"})) << why;
    EXPECT_EQ(run.out, "");
  }
}

TEST(Forward, SizesAreBounded) {
  ForwardConnection one(nullptr), other(nullptr), bomb(nullptr);
  EXPECT_NE(run_acked(one, "\x92" + text("t") + "\xc6\x01\x00\x00\x00"s, 100).error.find("more than 16777216 bytes"), std::string::npos);
  EXPECT_NE(run_acked(other, "\x92" + text("t") + "\xdd\xff\xff\xff\xff"s, 100).error.find("more than 16777216 bytes"), std::string::npos);
  const std::string large = "\x93" + text("t") + binary(packed(std::string(kForwardUnpackedBytesMax + 1, '\xc0'))) + chunk("c", "gzip");
  EXPECT_NE(run_acked(bomb, large, 1 << 16).error.find("it unpacks to more than 16777216 bytes"), std::string::npos);
  ForwardConnection cut(nullptr);
  const AckedRun run = run_acked(cut, "\x93" + text("t") + kTime + "\x81" + text("m") + "\xdb\x00\x20\x00\x00"s + std::string(2 << 20, 'x'), 1 << 16);
  ASSERT_EQ(run.records.size(), 1u);
  EXPECT_EQ(run.records[0].raw.size(), kReceivedBytesMax);
  EXPECT_TRUE(run.records[0].truncated);
}

std::string digest_of(const std::string& all) {
  unsigned char bytes[64];
  SHA512(reinterpret_cast<const unsigned char*>(all.data()), all.size(), bytes);
  std::string hex;
  for (const unsigned char byte : bytes) hex += fmt::format("{:02x}", byte);
  return hex;
}

/// The challenge of a HELO, whose layout is known.
ForwardChallenge challenge_in(const std::string& helo) { return {helo.substr(helo.find("nonce") + 8, 16), helo.substr(helo.find("auth") + 7, 16)}; }

/// What a client says that has this key, and maybe a user.
std::string ping(const std::string& helo, const std::string& key, const std::string& user = "", const std::string& password = "") {
  const ForwardChallenge challenge = challenge_in(helo);
  return "\x96" + text("PING") + text("host") + text("salt") + text(digest_of("salt" "host" + challenge.nonce + key)) + text(user) +
         text(user.empty() ? "" : digest_of(challenge.auth + user + password));
}

const std::string kKey = forward_key(std::string(32, 'k'));

struct Shaking {
  FakeSenders senders;
  ForwardConnection forward{&senders};
  std::string helo;
  Shaking() { forward.greet(helo); }
};

TEST(Forward, WithoutAProofNothingIsTaken) {
  for (const std::string& bytes : {"\x93" + text("t") + kTime + record("x"), "\x96" + text("PONG") + text("") + text("") + text("") + text("") + text(""), "\x95" + text("PING") + text("") + text("") + text("") + text(""), "\xc0"s}) {
    Shaking one;
    const AckedRun run = run_acked(one.forward, bytes, 1000);
    EXPECT_NE(run.error.find("a key has to be proved here"), std::string::npos) << run.error;
    EXPECT_TRUE(run.records.empty());
    EXPECT_FALSE(one.forward.sender());
  }
  Shaking large;
  EXPECT_NE(run_acked(large.forward, "\x96" + text("PING") + binary(std::string(5'000, 'x')), 1000).error.find("more than 4096 bytes"), std::string::npos);
  Shaking wrong;
  const AckedRun run = run_acked(wrong.forward, "\x96" + text("PING") + text("host") + text("salt") + text(std::string(128, '0')) + "\xc0" + text(""), 7);
  EXPECT_TRUE(run.ended);
  EXPECT_EQ(run.out, "\x95" + text("PONG") + "\xc2" + text("no sender has this key") + text("tocsin") + text(""));
}

TEST(Forward, WhoProvesItsKeyIsLetInAndTheServerProvesItToo) {
  EXPECT_EQ(kKey.size(), 64u);
  for (const auto& [user, password] : {std::pair<std::string, std::string>{"", ""}, {"prover", kKey}}) {
    Shaking one;
    const AckedRun run = run_acked(one.forward, ping(one.helo, kKey, user, password) + "\x93" + text("a.tag") + kTime + record("x"), 9);
    EXPECT_EQ(run.records, expected({"x"}));
    EXPECT_EQ(run.out, "\x95" + text("PONG") + "\xc3" + text("") + text("tocsin") + text(digest_of("salt" "tocsin" + challenge_in(one.helo).nonce + kKey)));
    ASSERT_TRUE(one.forward.sender());
    EXPECT_EQ(one.forward.sender()->name, "prover");
  }
  for (const auto& [key, user, password] : {std::array<std::string, 3>{"another", "", ""}, {kKey, "prover", "another"}, {kKey, "somebody", kKey}, {"", "", ""}}) {
    Shaking one;
    const AckedRun run = run_acked(one.forward, ping(one.helo, key, user, password), 1000);
    EXPECT_TRUE(run.ended) << user;
    EXPECT_NE(run.out.find("no sender has this key"), std::string::npos);
    EXPECT_FALSE(one.forward.sender());
  }
  Shaking one, other;
  EXPECT_NE(one.helo, other.helo);
  EXPECT_TRUE(run_acked(one.forward, ping(other.helo, kKey), 1000).ended) << "a proof is good for its own connection";
}

}  // namespace
}  // namespace tocsin
