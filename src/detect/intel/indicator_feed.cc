#include "detect/intel/indicator_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cstring>
#include <array>
#include <optional>
#include <unordered_map>

#include "base/bytes.h"
#include "base/sha256.h"
#include "detect/intel/json_items.h"

namespace tocsin::intel {

namespace {

namespace json = boost::json;

constexpr std::size_t kSumBytes = 8;
/// Of one frame: a batch and its mark.
constexpr std::size_t kFrameBytesMax = 24u << 20;
constexpr std::size_t kPieceBytes = 256u << 10;
constexpr std::string_view kHead = "{\"x_tocsin_log\":", kObjects = ",\"objects\":[", kEnd = "\n]}\n";
/// Of the beginning of a file, in which the number of its log stands.
constexpr std::size_t kBeginBytes = 64;

std::string_view text_at(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string().data(), value->get_string().size()) : std::string_view();
}

/// What of an indicator decides whether it is kept.
struct Version {
  std::string id;
  TimeUs modified = kNoTime, until = kNoTime;
  bool revoked = false;

  bool has_expired(TimeUs now) const { return until != kNoTime && until < now - kFeedExpiredKeptUs; }
};

/// Reads objects of STIX one after the other, in memory that is used again.
class VersionReader {
 public:
  std::optional<Version> read(std::string_view text) {
    json::monotonic_resource memory(room_.data(), room_.size());
    parser_.reset(&memory);
    boost::system::error_code error;
    parser_.write(text.data(), text.size(), error);
    if (error) return std::nullopt;
    const json::value value = parser_.release();
    const json::object* const object = value.if_object();
    if (object == nullptr || text_at(*object, "type") != "indicator") return std::nullopt;
    Version version;
    version.id = text_at(*object, "id");
    const std::optional<TimeUs> modified = parse_time(text_at(*object, "modified"));
    if (version.id.empty() || version.id.size() > kFeedIdBytesMax || !modified) return std::nullopt;
    version.modified = *modified;
    version.until = parse_time(text_at(*object, "valid_until")).value_or(kNoTime);
    const json::value* const revoked = object->if_contains("revoked");
    version.revoked = revoked != nullptr && revoked->is_bool() && revoked->get_bool();
    return version;
  }

 private:
  std::vector<unsigned char> room_ = std::vector<unsigned char>(kFeedObjectBytesMax);
  json::parser parser_ = json::parser({}, {.max_depth = kJsonItemsDepthMax});
};

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// A file that takes the name of another once all of it is safe.
class NewFile {
 public:
  static Result<std::unique_ptr<NewFile>> open(Env& env, std::string path) {
    (void)env.remove_file(path);  // of a time before that was cut off
    auto file = TRY(env.create_durable(path));
    return std::unique_ptr<NewFile>(new NewFile(env, std::move(path), std::move(file)));
  }
  ~NewFile() {
    if (!path_.empty()) (void)env_.remove_file(path_);
  }
  std::uint64_t bytes() const { return bytes_; }
  Status write(std::string_view text) {
    bytes_ += text.size();
    buffer_ += text;
    return buffer_.size() < kPieceBytes ? Status() : flush();
  }
  Status become(const std::string& name, const std::string& folder) {
    TRY(flush());
    TRY(file_->sync());
    TRY(env_.rename_file(path_, name));
    path_.clear();
    return env_.sync_folder(folder);
  }

 private:
  NewFile(Env& env, std::string path, std::unique_ptr<DurableFile> file) : env_(env), path_(std::move(path)), file_(std::move(file)) {}
  Status flush() {
    TRY(file_->append(buffer_));
    buffer_.clear();
    return {};
  }

  Env& env_;
  std::string path_;
  const std::unique_ptr<DurableFile> file_;
  std::string buffer_;
  std::uint64_t bytes_ = 0;
};

/// Objects one after the other, with commas between, up to what a feed may have.
class ObjectWriter {
 public:
  ObjectWriter(NewFile& file, FeedCounts& counts) : file_(file), counts_(counts) {}
  Status put(std::string_view object) {
    if (counts_.indicators >= kFeedObjectsMax || file_.bytes() + object.size() > kFeedFileBytesMax) return ++counts_.no_room, Status();
    TRY(file_.write(counts_.indicators++ == 0 ? "\n" : ",\n"));
    return file_.write(object);
  }

 private:
  NewFile& file_;
  FeedCounts& counts_;
};

}  // namespace

/// The newest version of each object in the logs: where it stands, not what it says.
struct IndicatorFeed::News {
  using Id = std::array<char, 16>;  // of SHA-256 of the object's id
  struct IdHash {
    std::size_t operator()(const Id& id) const { return number_at<std::uint64_t>({id.data(), id.size()}, 0); }
  };
  struct One {
    TimeUs modified = kNoTime, until = kNoTime;
    std::uint32_t place = 0;  // among all objects of the logs
    bool revoked = false;
    bool is_known = false, is_old = false;  // the file has a version of it; one that is newer
  };
  std::unordered_map<Id, One, IdHash> all;
  std::uint32_t objects = 0;
  VersionReader reader;

  static Id id_of(std::string_view text) {
    const Sha256 digest = sha256(text);
    Id id;
    std::memcpy(id.data(), digest.data(), id.size());
    return id;
  }
  bool take(std::string_view object) {
    const std::uint32_t place = objects++;
    const std::optional<Version> version = reader.read(object);
    if (!version) return false;
    One& one = all[id_of(version->id)];
    if (one.modified != kNoTime && one.modified >= version->modified) return true;
    one = {.modified = version->modified, .until = version->until, .place = place, .revoked = version->revoked};
    return true;
  }
};

std::string IndicatorFeed::folder() const {
  const std::size_t slash = path_.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path_.substr(0, slash);
}

Result<std::unique_ptr<IndicatorFeed>> IndicatorFeed::open(Env& env, std::string path) {
  std::unique_ptr<IndicatorFeed> feed(new IndicatorFeed(env, std::move(path)));
  TRY(feed->find_logs());
  const std::vector<std::uint64_t> logs = feed->logs_;
  for (const std::uint64_t number : logs) {
    TRY(feed->read_log(number, [&](std::string_view object) {
      ++feed->pending_;
      feed->pending_bytes_ += object.size();
    }, feed->mark_));
  }
  return feed;
}

Status IndicatorFeed::find_logs() {
  std::uint64_t in_file = 0;
  if (env_.exists(path_)) {
    file_bytes_ = TRY(env_.status_of(path_)).size;
    const std::unique_ptr<File> file = TRY(env_.open(path_));
    std::string begin(kBeginBytes, '\0');
    begin.resize(TRY(file->read(begin.data(), begin.size())));
    const std::string_view number = std::string_view(begin).substr(0, begin.find(kObjects));
    if (!number.starts_with(kHead) || !number_of(number.substr(kHead.size()))) return Error{Code::kInvalid, fmt::format("{}: is no file of a feed; what it is asked for goes into a file of its own", path_)};
    in_file = *number_of(number.substr(kHead.size()));
  }
  last_log_ = in_file;
  if (!env_.is_folder(folder())) return {};
  const std::string prefix = path_.substr(path_.rfind('/') + 1) + ".";
  for (const FolderEntry& entry : TRY(env_.list_folder(folder()))) {
    const std::optional<std::uint64_t> number = entry.name.starts_with(prefix) ? number_of(std::string_view(entry.name).substr(prefix.size())) : std::nullopt;
    if (!number || !entry.is_file) continue;
    last_log_ = std::max(last_log_, *number);
    if (*number <= in_file) {
      (void)env_.remove_file(log_path(*number));
    } else {
      logs_.push_back(*number);
    }
  }
  std::ranges::sort(logs_);
  return {};
}

/// Each whole frame; the mark of the last one, if there is any.
Status IndicatorFeed::read_log(std::uint64_t number, const std::function<void(std::string_view object)>& take, std::string& mark) const {
  const std::string bytes = TRY(env_.read_file(log_path(number), 2 * kFeedLogBytesMax + 2 * kFrameBytesMax));  // versions before let them become twice as large
  ByteReader frames(bytes);
  while (true) {
    const auto size = frames.number<std::uint32_t>();
    const std::string_view sum = frames.take(kSumBytes), payload = frames.take(size);
    if (!frames.good() || size > kFrameBytesMax) return {};
    const Sha256 digest = sha256(payload);
    if (std::memcmp(digest.data(), sum.data(), kSumBytes) != 0) return {};
    ByteReader reader(payload);
    const std::string_view written = reader.take(reader.number<std::uint16_t>());
    if (!reader.good()) return {};
    mark = written;
    while (!reader.at_end()) {
      const std::string_view object = reader.take(reader.number<std::uint32_t>());
      if (!reader.good()) break;
      take(object);
    }
  }
}

Status IndicatorFeed::begin_log() {
  log_ = TRY(env_.create_durable(log_path(last_log_ + 1)));
  log_bytes_ = 0;
  logs_.push_back(++last_log_);
  return env_.sync_folder(folder());
}

Status IndicatorFeed::write_frame(std::string_view payload) {
  std::string frame;
  append_number(frame, static_cast<std::uint32_t>(payload.size()));
  const Sha256 digest = sha256(payload);
  frame.append(reinterpret_cast<const char*>(digest.data()), kSumBytes);
  frame += payload;
  Status written = log_ == nullptr ? begin_log() : Status();
  if (written) written = log_->append(frame);
  if (written) written = log_->sync();
  log_bytes_ += frame.size();
  if (!written || log_bytes_ >= kFeedLogBytesMax) log_.reset();  // has enough; or what stands there now nobody knows, and the next one is whole again
  return written;
}

Status IndicatorFeed::append(const std::vector<std::string_view>& objects, std::string_view mark) {
  std::string payload;
  append_number(payload, static_cast<std::uint16_t>(mark.size()));
  payload += mark;
  std::size_t bytes = 0;
  for (const std::string_view object : objects) {
    append_number(payload, static_cast<std::uint32_t>(object.size()));
    payload += object;
    bytes += object.size();
  }
  if (mark.size() > UINT16_MAX || payload.size() > kFrameBytesMax || pending_bytes_ > kFeedPendingBytesMax) return Error{Code::kLimit, fmt::format("{}: what came has to be put into the file first", path_)};
  TRY(write_frame(payload));
  mark_ = mark;
  pending_ += objects.size();
  pending_bytes_ += bytes;
  return {};
}

bool IndicatorFeed::is_full() const { return pending_bytes_ >= std::clamp<std::uint64_t>(file_bytes_, kFeedLogBytesMax, kFeedPendingBytesMax * 3 / 4); }

/// What the file has and, of the logs, which are read once more, the newest of each.
Status IndicatorFeed::write_file(News& news, const std::vector<std::uint64_t>& logs, TimeUs now, const std::function<bool()>& stop, FeedCounts& counts) {
  const std::uint64_t up_to = logs.empty() ? last_log_ - 1 : logs.back();
  const std::unique_ptr<NewFile> file = TRY(NewFile::open(env_, path_ + ".new"));
  TRY(file->write(fmt::format("{}{}{}", kHead, up_to, kObjects)));
  ObjectWriter writer(*file, counts);
  Status status;
  const auto keep = [&](std::string_view object, std::uint32_t) {
    const std::optional<Version> version = object.empty() ? std::nullopt : news.reader.read(object);
    if (!version) return ++counts.refused, true;
    if (const auto found = news.all.find(News::id_of(version->id)); found != news.all.end()) {
      found->second.is_known = true;
      found->second.is_old = version->modified >= found->second.modified;
      if (!found->second.is_old) return true;
    }
    if (version->has_expired(now)) return ++counts.expired, true;
    status = writer.put(object);
    return static_cast<bool>(status);
  };
  if (env_.exists(path_)) {
    const std::unique_ptr<File> old = TRY(env_.open(path_));
    JsonItems items({"objects"}, keep);
    std::string piece(kPieceBytes, '\0');
    for (std::size_t size = TRY(old->read(piece.data(), piece.size())); size > 0 && items.feed(std::string_view(piece).substr(0, size)); size = TRY(old->read(piece.data(), piece.size()))) {
      if (stop()) return Error{Code::kDenied, "it was asked to stop"};
    }
    TRY(status);
    if (!items.finish()) return Error{Code::kInvalid, fmt::format("{}: is damaged, {}; without it and its logs ({}.*) the feed is got anew", path_, items.trouble(), path_)};
  }
  std::vector<bool> newest(news.objects);
  for (const auto& [id, one] : news.all) {
    if (one.is_old) continue;
    const bool expired = one.until != kNoTime && one.until < now - kFeedExpiredKeptUs;
    if (one.revoked || expired) {
      if (one.is_known) ++(one.revoked ? counts.revoked : counts.expired);
      continue;
    }
    ++(one.is_known ? counts.updated : counts.added);
    newest[one.place] = true;
  }
  std::size_t place = 0;
  std::string mark;  // of a log; the last one is mark_
  for (const std::uint64_t number : logs) {
    TRY(read_log(number, [&](std::string_view object) {
      if (place < newest.size() && newest[place++] && status) status = writer.put(object);
    }, mark));
    TRY(status);
    if (stop()) return Error{Code::kDenied, "it was asked to stop"};
  }
  TRY(file->write(kEnd));
  TRY(file->become(path_, folder()));
  file_bytes_ = file->bytes();
  return {};
}

Result<FeedCounts> IndicatorFeed::publish(TimeUs now, const std::function<bool()>& stop) {
  FeedCounts counts;
  News news;
  const std::vector<std::uint64_t> logs = logs_;
  std::string mark;  // of a log; the last one is mark_
  for (const std::uint64_t number : logs) {
    TRY(read_log(number, [&](std::string_view object) {
      if (!news.take(object)) ++counts.refused;
    }, mark));
  }
  std::string payload;
  append_number(payload, static_cast<std::uint16_t>(mark_.size()));
  log_.reset();
  TRY(write_frame(payload + mark_));
  TRY(write_file(news, logs, now, stop, counts));
  for (const std::uint64_t number : logs) (void)env_.remove_file(log_path(number));
  std::erase_if(logs_, [&logs](std::uint64_t number) { return std::ranges::binary_search(logs, number); });
  pending_ = pending_bytes_ = 0;
  return counts;
}

}  // namespace tocsin::intel
