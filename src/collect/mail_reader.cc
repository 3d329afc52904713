#include "collect/mail_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "collect/mail_record.h"
#include "collect/report_reader.h"

namespace tocsin {

namespace {

constexpr std::string_view kFrom = "From ";

/// "From ADDRESS DATE": the date as asctime writes it, in UTC or with a zone before or behind its year. What stands before it may be anything.
bool is_from_line(std::string_view line) {
  if (!line.starts_with(kFrom)) return false;
  constexpr std::array<std::string_view, 7> kDays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  for (std::size_t at = line.find(' ', kFrom.size()); at != std::string_view::npos; at = line.find(' ', at + 1)) {
    const std::string_view date = line.substr(at + 1);
    // "Mon Mar  2 08:15:30 2026" at least
    if (date.size() < 24) return false;
    const std::size_t month = kMonths.find(date.substr(4, 3));
    if (std::ranges::find(kDays, date.substr(0, 3)) != kDays.end() && date[3] == ' ' && month != std::string_view::npos && month % 3 == 0 && date[13] == ':' && date[16] == ':') return true;
  }
  return false;
}

/// A report in a mail: what is damaged in it is told to the reader of the mail.
class AttachedReport : public RecordFrames {
 public:
  explicit AttachedReport(MailReader::Counts& counts) : counts_(counts) {}
  void read(std::string_view bytes, ReceivedVisitor& visitor) override { report_.read(bytes, visitor); }
  void finish(ReceivedVisitor& visitor) override {
    report_.finish(visitor);
    if (!report_.trouble()) return;
    if (counts_.damaged_reports++ == 0) counts_.damage = report_.trouble()->message;
  }

 private:
  MailReader::Counts& counts_;
  ReportReader report_;
};

}  // namespace

/// A mail in a mail; what it counts is counted for the one that carries it.
class MailReader::Inner : public RecordFrames {
 public:
  Inner(MailReader& outer, std::string attached_to) : outer_(outer), reader_(MailReader(outer.rules_, outer.depth_ + 1, std::move(attached_to))) {}
  void read(std::string_view bytes, ReceivedVisitor& visitor) override { reader_.read(bytes, visitor); }
  void finish(ReceivedVisitor& visitor) override {
    reader_.finish(visitor);
    const Counts& counts = reader_.counts();
    if (outer_.counts_.damaged_reports == 0) outer_.counts_.damage = counts.damage;
    outer_.counts_.damaged_reports += counts.damaged_reports;
  }

 private:
  MailReader& outer_;
  MailReader reader_;
};

MailReader::MailReader(MailRules rules) : MailReader(std::move(rules), 0, {}) {}

MailReader::MailReader(MailRules rules, int depth, std::string attached_to)
    : rules_(std::move(rules)), depth_(depth), attached_to_(std::move(attached_to)), inner_(inner()), mime_(charsets_, inner_) {
  for (std::string& id : rules_.authserv_ids) id = lower_case(id);
}

MailReader::~MailReader() = default;

MimeInner MailReader::inner() {
  MimeInner made;
  made.mail = [this]() -> std::unique_ptr<RecordFrames> {
    if (depth_ == kMailNestedMax) {
      mails_cut_ = true;
      return nullptr;
    }
    return std::make_unique<Inner>(*this, std::string(mime_.header().value("message-id").substr(0, kMailValueBytesMax)));
  };
  made.report = [this](std::string_view head) -> std::unique_ptr<RecordFrames> {
    if (!is_report(head)) return nullptr;
    return std::make_unique<AttachedReport>(counts_);
  };
  return made;
}

void MailReader::end_mail(ReceivedVisitor& visitor) {
  empty_line_.clear();
  if (std::exchange(any_, false)) {
    mime_.end();
    if (!mime_.header().fields().empty()) {
      json_.clear();
      append_mail_record(json_, {mime_.header(), mime_.parts(), mime_.bytes(), attached_to_, mails_cut_}, rules_, charsets_);
      Received received;
      received.raw = json_;
      ++counts_.mails;
      visitor.record(received);
    }
  }
  mime_.clear();
  mails_cut_ = false;
}

void MailReader::line(const MailLine& line, ReceivedVisitor& visitor) {
  const bool first = !std::exchange(begun_, true);
  if (line.begins && is_from_line(line.text) && (first || (is_mailbox_ && !empty_line_.empty()))) {
    // One that was attached to a mail, or saved alone, may have it, too; there is no second mail then.
    is_mailbox_ |= first && depth_ == 0;
    end_mail(visitor);
    return;
  }
  if (!empty_line_.empty()) {
    mime_.line({.text = {}, .end = empty_line_, .begins = true});
    empty_line_.clear();
  }
  any_ = true;
  if (is_mailbox_ && line.begins && line.text.empty()) {
    empty_line_ = line.end;
    return;
  }
  mime_.line(line);
}

void MailReader::read(std::string_view bytes, ReceivedVisitor& visitor) {
  inner_.visitor = &visitor;
  lines_.read(bytes, [&](const MailLine& one) { line(one, visitor); });
}

void MailReader::finish(ReceivedVisitor& visitor) {
  inner_.visitor = &visitor;
  lines_.finish([&](const MailLine& one) { line(one, visitor); });
  end_mail(visitor);
  begun_ = is_mailbox_ = false;
}

bool is_mailbox(std::string_view head) { return is_from_line(head.substr(0, head.find('\n'))); }

bool is_mail(std::string_view head) {
  constexpr std::array<std::string_view, 7> kOwn = {"received", "return-path", "delivered-to", "message-id", "from", "dkim-signature", "mime-version"};
  constexpr std::array<std::string_view, 11> kOther = {"date", "subject", "to", "cc", "reply-to", "sender", "content-type", "x-mailer", "authentication-results", "arc-seal", "x-received"};
  std::vector<std::string> seen;
  std::size_t own = 0;
  const bool whole = head.size() < kMailLookBytes;
  MailHeader header;
  while (!head.empty()) {
    const std::size_t end = head.find('\n');
    if (end == std::string_view::npos && !whole) break;  // a line that is cut tells nothing
    std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(line.size() + 1, head.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    if (!header.line(line)) return false;
  }
  for (const MailField& field : header.fields()) {
    const std::string name = lower_case(field.name);
    if (std::ranges::find(seen, name) != seen.end()) continue;
    const bool is_own = std::ranges::find(kOwn, name) != kOwn.end();
    if (!is_own && std::ranges::find(kOther, name) == kOther.end()) continue;
    own += is_own ? 1 : 0;
    seen.push_back(name);
  }
  return own >= 1 && seen.size() >= 2;
}

}  // namespace tocsin
