#include "api/attachment_desk.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace tocsin::api {
namespace {

namespace fs = std::filesystem;

class AttachmentDeskTest : public testing::Test {
 protected:
  AttachmentDeskTest() {
    std::string name = (fs::temp_directory_path() / "tocsin-files-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    data_.path = name;
    state_ = std::move(*State::open(data_.state(), State::IfMissing::kMake));
    Seal master(std::move(*SealKey::random()));
    store_.emplace(env_, data_, std::move(*attachments_key(env_, data_, master)));
    keep({"ws-07", "srv-02"});
    view_.emplace(env_, *state_);
    desk_.emplace(env_, data_, *view_, *state_, *store_);
    for (const Incident& incident : view_->now().value()->incidents) incidents_.push_back(incident.id);
  }
  ~AttachmentDeskTest() override {
    desk_.reset();
    view_.reset();
    state_.reset();
    fs::remove_all(data_.path);
  }
  void keep(const std::vector<std::string>& hosts) {
    std::vector<StoredAlert> alerts;
    for (const std::string& host : hosts) {
      StoredAlert one;
      one.id = fmt::format("{:032x}", 0xabcdef000000 + alerts.size());
      one.time = kStart;
      one.rule_id = "r-" + host;
      one.title = "Runs something";
      one.level = "medium";
      one.body = fmt::format(R"({{"schema":"tocsin.alert/1","id":"{}","time":"{}","rule":{{"id":"{}","title":"Runs something","level":"medium","status":"test","tags":[]}},"event":{{"source":"bulk","index":{}}},)"
                             R"("entities":[{{"type":"host","value":"{}"}}],"context":[{{"role":"host","value":"{}"}}]}})",
                             one.id, format_time(kStart), one.rule_id, alerts.size(), host, host);
      alerts.push_back(std::move(one));
    }
    StreamStep step;
    step.alerts = alerts;
    step.now = kStart;
    EXPECT_TRUE(state_->apply(step));
  }
  Result<CaseAct> attach(const std::string& incident, std::string_view content) {
    AttachmentWriter writer = TRY(desk_->begin(incident));
    TRY(writer.append(content));
    return desk_->add({.incident = incident, .name = "/tmp/sample.exe", .comment = "from the mail"}, writer, by_);
  }
  std::size_t contents() const {
    return static_cast<std::size_t>(std::ranges::count_if(fs::directory_iterator(data_.attachments()), [](const fs::directory_entry& entry) { return entry.path().filename() != "lock"; }));
  }

  static constexpr TimeUs kStart = 1'800'000'000'000'000;
  Env& env_ = Env::system();
  DataFolder data_;
  const Actor by_{"user ada", "192.0.2.1", kStart};
  std::unique_ptr<State> state_;
  std::optional<Attachments> store_;
  std::optional<IncidentView> view_;
  std::optional<AttachmentDesk> desk_;
  std::vector<std::string> incidents_;
};

TEST_F(AttachmentDeskTest, AttachesReadsAndRemoves) {
  ASSERT_EQ(incidents_.size(), 2u);
  const CaseAct act = attach(incidents_[0].substr(0, 8), "content").value();
  EXPECT_EQ(act.incident, incidents_[0]) << "the whole id";
  EXPECT_EQ(act.file.name, "sample.exe");
  EXPECT_EQ(act.text, "from the mail");
  AttachmentDesk::Reading reading = std::move(*desk_->read(incidents_[0], act.number, by_));
  EXPECT_EQ(reading.reader.next().value(), "content");
  EXPECT_EQ(Accounts(*state_).audit(1, 0).value().at(0).action, "case.attachment_read");
  EXPECT_EQ(desk_->read(incidents_[1], act.number, by_).error().code, Code::kNotFound) << "another incident's";
  EXPECT_EQ(desk_->remove(incidents_[1], act.number, "", by_).error().code, Code::kNotFound);
  EXPECT_EQ(attach("ffffffff", "x").error().code, Code::kNotFound);
  EXPECT_EQ(CaseDesk(*view_, *state_).act({.kind = CaseActKind::kUndo, .of = act.number}, by_).error().code, Code::kInvalid);
  EXPECT_EQ(CaseDesk(*view_, *state_).act({.kind = CaseActKind::kAttach, .incident = incidents_[0]}, by_).error().code, Code::kInvalid) << "without content";
  const CaseAct removed = desk_->remove(incidents_[0], act.number, "done", by_).value();
  EXPECT_EQ(contents(), 0u);
  const Result<AttachmentDesk::Reading> gone = desk_->read(incidents_[0], act.number, by_);
  ASSERT_FALSE(gone);
  EXPECT_NE(gone.error().message.find(act.file.sha256), std::string::npos) << gone.error().message;
  EXPECT_EQ(CaseDesk(*view_, *state_).act({.kind = CaseActKind::kUndo, .of = removed.number}, by_).error().code, Code::kInvalid);
}

TEST_F(AttachmentDeskTest, DamageIsSaidBeforeTheFirstByteAndReadsNothing) {
  const CaseAct act = attach(incidents_[0], std::string(200'000, 'x')).value();
  const std::string path = data_.attachments() + "/" + act.file.place;
  fs::resize_file(path, fs::file_size(path) - 1);
  EXPECT_EQ(desk_->read(incidents_[0], act.number, by_).error().code, Code::kInvalid);
  EXPECT_EQ(Accounts(*state_).audit(1, 0).value().at(0).action, "case.attach") << "nobody was given it";
}

TEST_F(AttachmentDeskTest, AnIncidentAndAllTogetherHaveALimit) {
  CaseLog log(*state_);
  const auto named = [&](const std::string& incident, std::uint64_t bytes) {
    CaseAct act{.kind = CaseActKind::kAttach, .incident = incident};
    act.file = {.place = "x", .name = "x", .sha256 = "x", .bytes = bytes};
    return log.add(act, by_).value();
  };
  for (std::size_t i = 1; i < kIncidentAttachmentsMax; ++i) named(incidents_[0], 1);
  EXPECT_TRUE(attach(incidents_[0], "the last one"));
  EXPECT_EQ(attach(incidents_[0], "one more").error().code, Code::kLimit);
  EXPECT_TRUE(attach(incidents_[1], "elsewhere"));
  const std::int64_t large = named(incidents_[1], kAttachmentsBytesMax - 1'000);
  EXPECT_TRUE(attach(incidents_[1], std::string(2'000, 'x')));
  EXPECT_EQ(attach(incidents_[1], "x").error().code, Code::kLimit);
  EXPECT_TRUE(desk_->remove(incidents_[1], large, "", by_)) << "its content is gone already";
  EXPECT_TRUE(attach(incidents_[1], "x")) << "there is room again";
}

TEST_F(AttachmentDeskTest, WhatIsAttachedToNothingLeavesNothing) {
  AttachmentWriter writer = std::move(*desk_->begin(incidents_[0]));
  ASSERT_TRUE(writer.append("content"));
  EXPECT_FALSE(desk_->add({.incident = incidents_[0], .name = "x", .comment = std::string(kActTextMax + 1, 'x')}, writer, by_));
  EXPECT_EQ(contents(), 0u);
}

}  // namespace
}  // namespace tocsin::api
