#include "collect/report_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "collect/dmarc_reader.h"
#include "collect/json_walk.h"

namespace tocsin {

namespace {

/// To see what packs it.
constexpr std::size_t kMarkBytes = 4;

/// A report of SMTP TLS begins with an object whose first members are few and known (RFC 8460, 4.4).
bool is_tls_report(std::string_view head) {
  head = head.substr(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
  return head.starts_with('{') && head.find("\"organization-name\"") != std::string_view::npos && (head.find("\"date-range\"") != std::string_view::npos || head.find("\"report-id\"") != std::string_view::npos);
}

/// Enough to tell, and no more.
class Beginning : public UnpackerSink {
 public:
  Status bytes(std::string_view bytes) override {
    text.append(bytes.substr(0, kReportHeadBytes - text.size()));
    if (text.size() == kReportHeadBytes) return Error{Code::kLimit, "enough"};
    return {};
  }
  Status member_end() override { return Error{Code::kLimit, "enough"}; }
  std::string text;
};

}  // namespace

bool is_report(std::string_view head) {
  Beginning beginning;
  // What it says is not asked: the text as far as it could be unpacked is.
  static_cast<void>(make_unpacker(head)->read(head, beginning));
  return is_dmarc_report(beginning.text) || is_tls_report(beginning.text);
}

/// One report, unpacked.
class ReportReader::Text {
 public:
  Status read(std::string_view text, ReceivedVisitor& visitor) {
    if (dmarc_ != nullptr) return dmarc_->read(text, visitor);
    text_.append(text);
    if (!told_ && text_.size() >= kReportHeadBytes) TRY(tell(visitor));
    if (dmarc_ == nullptr && text_.size() > kTlsReportBytesMax) return Error{Code::kLimit, fmt::format("SMTP TLS report: larger than {} bytes", kTlsReportBytesMax)};
    return {};
  }

  Status finish(ReceivedVisitor& visitor) {
    if (!told_) TRY(tell(visitor));
    if (dmarc_ != nullptr) return dmarc_->finish(visitor);
    if (!is_json_object(text_)) return Error{Code::kInvalid, "SMTP TLS report: it is no JSON object"};
    // In JSON, a line end within a text is written as an escape; so each of these is a blank.
    std::ranges::replace(text_, '\n', ' ');
    std::ranges::replace(text_, '\r', ' ');
    Received received;
    received.raw = text_;
    visitor.record(received);
    return {};
  }

 private:
  Status tell(ReceivedVisitor& visitor) {
    told_ = true;
    if (is_tls_report(text_)) return {};
    if (!is_dmarc_report(text_)) return Error{Code::kInvalid, "it is neither a DMARC report nor one of SMTP TLS"};
    dmarc_ = std::make_unique<DmarcReader>();
    return dmarc_->read(std::exchange(text_, {}), visitor);
  }

  bool told_ = false;
  std::string text_;
  std::unique_ptr<DmarcReader> dmarc_;
};

ReportReader::ReportReader() = default;
ReportReader::~ReportReader() = default;

Status ReportReader::take(std::string_view text, ReceivedVisitor& visitor) {
  unpacked_ += text.size();
  if (unpacked_ > kReportBytesMax) return Error{Code::kLimit, fmt::format("report: it unpacks to more than {} bytes: not read further", kReportBytesMax)};
  if (text_ == nullptr) text_ = std::make_unique<Text>();
  return text_->read(text, visitor);
}

Status ReportReader::end_text(ReceivedVisitor& visitor) {
  const std::unique_ptr<Text> text = std::move(text_);
  return text == nullptr ? Status() : text->finish(visitor);
}

namespace {

/// What the unpacker makes, to the functions that take it.
template <class Bytes, class End>
class To : public UnpackerSink {
 public:
  To(Bytes bytes, End end) : bytes_(std::move(bytes)), end_(std::move(end)) {}
  Status bytes(std::string_view bytes) override { return bytes_(bytes); }
  Status member_end() override { return end_(); }

 private:
  Bytes bytes_;
  End end_;
};

}  // namespace

void ReportReader::unpack(std::string_view bytes, ReceivedVisitor& visitor) {
  if (trouble_) return;
  To sink([&](std::string_view text) { return take(text, visitor); }, [&] { return end_text(visitor); });
  if (const Status status = unpacker_->read(bytes, sink); !status) trouble_ = status.error();
}

void ReportReader::begin() {
  begun_ = true;
  unpacker_ = make_unpacker(head_);
}

void ReportReader::read(std::string_view bytes, ReceivedVisitor& visitor) {
  if (begun_) return unpack(bytes, visitor);
  head_.append(bytes);
  if (head_.size() < kMarkBytes) return;
  begin();
  unpack(std::exchange(head_, {}), visitor);
}

void ReportReader::finish(ReceivedVisitor& visitor) {
  if (!begun_) {
    begin();
    unpack(std::exchange(head_, {}), visitor);
  }
  if (trouble_) return;
  To sink([&](std::string_view text) { return take(text, visitor); }, [&] { return end_text(visitor); });
  if (const Status status = unpacker_->finish(sink); !status) trouble_ = status.error();
}

}  // namespace tocsin
