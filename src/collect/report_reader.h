// Reports that receivers of mail send to the domains that it names: DMARC's aggregate reports (dmarc_reader.h) and those of SMTP TLS (RFC 8460), as they are, in gzip or in zip. It takes the
// bytes as they come and hands on records of JSON. A report is worth a few megabytes: beyond kReportBytesMax nothing of it is read, so a bomb costs what an honest report
// costs. One object belongs to one report and one thread; what is damaged is said by trouble(), behind what could be read.
//
//   if (is_report(head)) { ReportReader report; report.read(bytes, visitor); … report.finish(visitor); }
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "collect/record_frames.h"
#include "collect/unpacker.h"

namespace tocsin {

/// Unpacked. The largest senders of mail get reports of some 10 MB.
inline constexpr std::uint64_t kReportBytesMax = 64u << 20;
/// Of a report of SMTP TLS, which becomes one record.
inline constexpr std::size_t kTlsReportBytesMax = 1u << 20;
/// What is_report wants to see, packed or not.
inline constexpr std::size_t kReportHeadBytes = 1'024;

/// Whether what begins so is a report: unpacked as far as that goes, and looked at.
bool is_report(std::string_view head);

class ReportReader : public RecordFrames {
 public:
  ReportReader();
  ~ReportReader() override;

  void read(std::string_view bytes, ReceivedVisitor& visitor) override;
  void finish(ReceivedVisitor& visitor) override;
  /// Why reading stopped before the end.
  const std::optional<Error>& trouble() const { return trouble_; }

 private:
  class Text;
  void begin();
  void unpack(std::string_view bytes, ReceivedVisitor& visitor);
  Status take(std::string_view text, ReceivedVisitor& visitor);
  Status end_text(ReceivedVisitor& visitor);

  std::string head_;  // until it can be told what packs it
  std::unique_ptr<Unpacker> unpacker_;
  std::unique_ptr<Text> text_;  // the report at hand; a zip may have several
  std::uint64_t unpacked_ = 0;
  bool begun_ = false;
  std::optional<Error> trouble_;
};

}  // namespace tocsin
