#include "api/alert_feed.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace tocsin::api {

struct AlertFeed::Reader {
  std::int64_t at = 0;
  int level_min = 0;
  std::int64_t said_ns = INT64_MIN / 2;  // when it got something the last time
  std::mutex mutex;                      // guards what follows
  HttpPieces::Done done;                 // the piece that is asked for
  bool gone = false;
};

/// The connection's end of a reader.
class AlertFeed::Pieces : public HttpPieces {
 public:
  explicit Pieces(std::shared_ptr<Reader> reader) : reader_(std::move(reader)) {}
  ~Pieces() override { stop(); }
  void next(Done done) override {
    {
      const std::lock_guard<std::mutex> lock(reader_->mutex);
      if (!reader_->gone) return void(reader_->done = std::move(done));
    }
    done({});
  }
  void stop() override {
    Done unused;
    const std::lock_guard<std::mutex> lock(reader_->mutex);
    reader_->gone = true;
    unused.swap(reader_->done);
  }

 private:
  std::shared_ptr<Reader> reader_;
};

AlertFeed::AlertFeed(Env& env, State& state, int heartbeat_ms)
    : env_(env), state_(state), heartbeat_ns_(std::int64_t{heartbeat_ms} * 1'000'000), thread_([this] { run(); }) {}

std::unique_ptr<HttpPieces> AlertFeed::follow(const From& from) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (stopping_ || readers_.size() >= kFollowersMax) return nullptr;
  auto reader = std::make_shared<Reader>();
  reader->at = from.after;
  reader->level_min = from.level_min;
  readers_.push_back(reader);
  return std::make_unique<Pieces>(std::move(reader));
}

std::size_t AlertFeed::followers() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return readers_.size();
}

void AlertFeed::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

/// Alerts behind the reader's place; where the state cannot be read they wait.
std::string AlertFeed::next_piece(Reader& reader, std::int64_t last, std::int64_t now_ns) {
  std::string piece;
  if (reader.at < last) {
    const Result<std::vector<StoredAlert>> alerts = state_.alerts_added_after(reader.at, kPieceAlertsMax, reader.level_min);
    if (alerts && alerts->size() < kPieceAlertsMax) reader.at = last;  // none between is of the level
    for (std::size_t i = 0; alerts && i < alerts->size() && piece.size() < kPieceBytesMax; ++i) {
      const StoredAlert& alert = (*alerts)[i];
      piece += fmt::format("id: {}\nevent: alert\ndata: {}\n\n", alert.number, alert.body);
      reader.at = alert.number;
    }
  }
  if (piece.empty() && now_ns - reader.said_ns >= heartbeat_ns_) piece = ": still here\n\n";
  if (!piece.empty()) reader.said_ns = now_ns;
  return piece;
}

void AlertFeed::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    std::vector<std::shared_ptr<Reader>> readers = readers_;
    lock.unlock();
    const std::int64_t last = readers.empty() ? 0 : state_.last_alert_number().value_or(0), now_ns = env_.monotonic_ns();
    for (const std::shared_ptr<Reader>& reader : readers) {
      bool asked = false;
      {
        const std::lock_guard<std::mutex> of_reader(reader->mutex);
        asked = reader->done != nullptr;
      }
      std::string piece = asked ? next_piece(*reader, last, now_ns) : std::string();
      HttpPieces::Done done;
      if (!piece.empty()) {
        const std::lock_guard<std::mutex> of_reader(reader->mutex);
        done.swap(reader->done);
      }
      if (done != nullptr) done(std::move(piece));
    }
    lock.lock();
    std::erase_if(readers_, [](const std::shared_ptr<Reader>& reader) {
      const std::lock_guard<std::mutex> of_reader(reader->mutex);
      return reader->gone;
    });
    wake_.wait_for(lock, std::chrono::milliseconds(kFeedLookMs), [this] { return stopping_; });
  }
  // Who still follows has the end.
  std::vector<std::shared_ptr<Reader>> readers;
  readers.swap(readers_);
  lock.unlock();
  for (const std::shared_ptr<Reader>& reader : readers) {
    HttpPieces::Done done;
    {
      const std::lock_guard<std::mutex> of_reader(reader->mutex);
      reader->gone = true;
      done.swap(reader->done);
    }
    if (done != nullptr) done({});
  }
}

}  // namespace tocsin::api
