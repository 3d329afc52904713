// A data folder made by a test without a service: records into the journal, and, when the test says so, from there into a segment. Needs DuckDB and a
// real disk; the folder goes with the object. One thread.
//
//   StoredEvents stored;
//   stored.add("bulk/a", R"({"Image":"a.exe"})");
//   stored.store();                    // what was added so far is a segment; what comes after is in the journal alone
//   auto search = stored.search();
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "pipeline/event_search.h"
#include "store/journal_writer.h"
#include "store/segment_writer.h"

namespace tocsin {

class StoredEvents {
 public:
  static constexpr TimeUs kReceived = 1'785'153'600'000'000;  // 2026-07-27T12:00:00Z

  /// As the policy of this name says.
  explicit StoredEvents(const std::string& policy = "none") : taxonomy_(std::move(*Taxonomy::load(Taxonomy::shipped()))), reader_(*taxonomy_, log_sources_) {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin-stored-XXXXXX").string();
    data_.path = ::mkdtemp(name.data());
    const std::string key = data_.path + "/key";
    master_ = std::make_unique<Seal>(*read_or_make_key(Env::system(), key));
    state_ = std::move(*State::open(data_.state(), State::IfMissing::kMake));
    writer_ = std::move(*journal::Writer::open(Env::system(), data_.journal(), *master_, {}));
    EXPECT_TRUE(make_folders(Env::system(), data_.segments()));
    protection_ = std::move(*Protection::open(Env::system(), data_, *master_, policy));
    reader_.protect_with(protection_->policy(), protection_->tokens());
  }
  ~StoredEvents() { std::filesystem::remove_all(data_.path); }
  StoredEvents(const StoredEvents&) = delete;
  StoredEvents& operator=(const StoredEvents&) = delete;

  void add(const std::string& source, std::string_view raw, TimeUs received = kReceived) {
    const journal::Record record{*writer_->source(source), received, "", raw};
    if (!writer_->has_room(record)) {
      EXPECT_TRUE(writer_->commit());
    }
    writer_->append(record);
  }
  /// Makes what was added safe, and a segment of it.
  void store() {
    EXPECT_TRUE(writer_->commit());
    const std::uint64_t position = state_->stored()->position;
    JournalRows rows({Env::system(), data_.journal(), *master_}, reader_, log_sources_, {.from = position, .until = writer_->committed()});
    store::SegmentWriter segments(Env::system(), data_.segments());
    const auto segment = segments.write(rows);
    EXPECT_TRUE(protection_->tokens().flush());
    ASSERT_TRUE(segment) << segment.error().message;
    EXPECT_TRUE(state_->store(*segment, rows.end()));
  }

  Protection& protection() { return *protection_; }
  const Taxonomy& taxonomy() const { return *taxonomy_; }
  const DataFolder& data() const { return data_; }
  EventSearchOptions options() const { return {.data = data_, .key_file = data_.path + "/key", .limits = {}, .since = {}, .until = {}}; }
  std::unique_ptr<EventSearch> search() { return search(options()); }
  std::unique_ptr<EventSearch> search(const EventSearchOptions& options) {
    EXPECT_TRUE(writer_->commit());
    auto opened = EventSearch::open(Env::system(), options);
    if (!opened) ADD_FAILURE() << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }

 private:
  DataFolder data_;
  const std::unique_ptr<const Taxonomy> taxonomy_;
  LogSourceTable log_sources_;
  RecordReader reader_;
  std::unique_ptr<Seal> master_;
  std::unique_ptr<Protection> protection_;
  std::unique_ptr<State> state_;
  std::unique_ptr<journal::Writer> writer_;
};

}  // namespace tocsin
