#include "collect/mail_stream.h"

#include <fmt/format.h>

#include <utility>

#include "collect/dmarc_reader.h"
#include "collect/mail_reader.h"
#include "collect/record_stream.h"
#include "collect/report_reader.h"

namespace tocsin {

namespace {

static_assert(kMailLookBytes <= kMailStreamHeadBytes && kReportHeadBytes <= kMailStreamHeadBytes);

bool is_packed_report(std::string_view head) { return head.starts_with("PK\x03\x04") && is_report(head); }

std::optional<Error> trouble_of_mails(const MailReader& mails) {
  const MailReader::Counts& counts = mails.counts();
  if (counts.damaged_reports == 0) return std::nullopt;
  return Error{Code::kInvalid, fmt::format("{} attached reports are damaged, the first: {}", counts.damaged_reports, counts.damage)};
}

}  // namespace

bool is_mail_stream(std::string_view head) { return is_mailbox(head) || is_mail(head) || is_dmarc_report(head) || is_packed_report(head); }

std::unique_ptr<ByteStream> make_mail_stream(std::unique_ptr<ByteStream> source, std::string_view head, const MailRules& rules) {
  if (is_dmarc_report(head) || is_packed_report(head)) {
    return std::make_unique<RecordStream<ReportReader>>(std::move(source), std::make_unique<ReportReader>(), [](const ReportReader& report) { return report.trouble(); });
  }
  return std::make_unique<RecordStream<MailReader>>(std::move(source), std::make_unique<MailReader>(rules), trouble_of_mails);
}

}  // namespace tocsin
