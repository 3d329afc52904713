// What the service and the process that looks for new indicators say, there and back; and that nothing cut short or made up is taken.
#include "pipeline/retro_messages.h"

#include <gtest/gtest.h>

#include "pipeline/indicator_cards.h"
#include "pipeline/ingest_messages.h"

namespace tocsin {
namespace {

std::string_view payload(const std::string& message) { return std::string_view(message).substr(kIngestHeadBytes); }

RetroStart start() {
  RetroStart start;
  start.since = 17;
  start.before = 4;
  start.sources.push_back({.name = "feed", .file = "/etc/feed.csv", .category = "c2", .place_word = "object", .score = 80, .alerts = true});
  start.sources.push_back({.name = "other", .file = "other.csv", .category = "", .score = {}, .alerts = true});
  start.allowed = {"ours.json"};
  return start;
}

TEST(RetroMessages, AStartIsReadAsItWasWritten) {
  const std::string message = retro_start_message(start());
  const Result<RetroStart> read = read_retro_start(payload(message));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->since, 17);
  EXPECT_EQ(read->before, 4u);
  ASSERT_EQ(read->sources.size(), 2u);
  EXPECT_EQ(read->sources[0].name, "feed");
  EXPECT_EQ(read->sources[0].place_word, "object");
  EXPECT_EQ(read->sources[0].score, 80);
  EXPECT_EQ(read->sources[1].score, std::nullopt);
  EXPECT_EQ(read->allowed, std::vector<std::string>{"ours.json"});
  for (std::size_t size = 0; size < payload(message).size(); ++size) EXPECT_FALSE(read_retro_start(payload(message).substr(0, size))) << size;
}

TEST(RetroMessages, IndicatorsAreReadWithAllThatIsSaidOfThem) {
  intel::IndicatorSet set(1);
  const std::uint16_t source = *set.add_source({.name = "feed", .file = "feed", .category = "", .score = {}, .alerts = true});
  intel::Indicator made;
  made.kind = intel::IndicatorKind::kNetwork;
  made.key = *intel::key_of(made.kind, "203.0.113.0/24");
  made.source = "who";
  made.reference = "indicator--00000001-1111-4111-8111-111111111111";
  made.tags = "c2,botnet";
  made.confidence = 60;
  made.from = 5'000'000;
  made.until = 9'000'000;
  made.place = 12;
  ASSERT_TRUE(set.add(made, source));
  set.finish();
  IndicatorRows rows;
  set.each([&rows](const intel::Found& found) { rows.add(found); });
  const std::string message = rows.take();
  EXPECT_TRUE(rows.empty());
  std::size_t count = 0;
  const auto take = [&](const intel::Indicator& read, std::uint16_t number) -> Status {
    ++count;
    EXPECT_EQ(number, source);
    EXPECT_EQ(read.kind, made.kind);
    EXPECT_EQ(read.key, made.key);
    EXPECT_EQ(read.source, made.source);
    EXPECT_EQ(read.reference, made.reference);
    EXPECT_EQ(read.tags, made.tags);
    EXPECT_EQ(read.confidence, made.confidence);
    EXPECT_EQ(read.from, made.from);
    EXPECT_EQ(read.until, made.until);
    EXPECT_EQ(read.place, made.place);
    return {};
  };
  EXPECT_TRUE(read_indicator_rows(payload(message), 1, take));
  EXPECT_EQ(count, 1u);
  EXPECT_FALSE(read_indicator_rows(payload(message), 0, take)) << "of a source that there is not";
  for (std::size_t size = 1; size < payload(message).size(); ++size) EXPECT_FALSE(read_indicator_rows(payload(message).substr(0, size), 1, take)) << size;
}

TEST(RetroMessages, AnAlertIsOneOfAKindOfIndicators) {
  const RetroFound found{.card = 4, .sequence = 77, .time = 9, .source = "bulk/web", .body = R"({"id":"x"})"};
  const std::string message = retro_found_message(found);
  const Result<RetroFound> read = read_retro_found(payload(message));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->card, 4);
  EXPECT_EQ(read->sequence, 77u);
  EXPECT_EQ(read->source, "bulk/web");
  EXPECT_EQ(read->body, found.body);
  RetroFound other = found;
  other.card = static_cast<std::uint8_t>(indicator_cards().size());
  EXPECT_FALSE(read_retro_found(payload(retro_found_message(other))));
  other = found;
  other.body = std::string(kRetroAlertBytesMax + 1, 'x');
  EXPECT_FALSE(read_retro_found(payload(retro_found_message(other))));
}

TEST(RetroMessages, TheEndSaysWhatWasLeftOut) {
  const RetroDone done{.events = 10, .left_out = 3, .too_large = 1, .full = true, .common = {"bad.example"}, .troubles = {"a", "b"}};
  const std::string message = retro_done_message(done);
  const Result<RetroDone> read = read_retro_done(payload(message));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->events, 10u);
  EXPECT_EQ(read->left_out, 3u);
  EXPECT_TRUE(read->full);
  EXPECT_EQ(read->common, done.common);
  EXPECT_EQ(read->troubles, done.troubles);
  for (std::size_t size = 0; size < payload(message).size(); ++size) EXPECT_FALSE(read_retro_done(payload(message).substr(0, size))) << size;
  EXPECT_EQ(*read_retro_progress(payload(retro_progress_message(5))), 5u);
  EXPECT_FALSE(read_retro_progress("1234567"));
}

}  // namespace
}  // namespace tocsin
