// Any bytes as a report: DMARC's XML or one of SMTP TLS, plain, in gzip or in zip. However they are cut into reads, the records are the same, and each is one JSON object.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "collect/mail_testing.h"
#include "collect/report_reader.h"

namespace {

using namespace tocsin;

std::vector<std::string> records_of(std::string_view bytes, std::size_t step) {
  ReportReader report;
  ToldRecords told;
  for (std::size_t at = 0; at < bytes.size(); at += std::min(step, bytes.size() - at)) report.read(bytes.substr(at, step), told);
  report.finish(told);
  return told.records;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> whole = records_of(bytes, size + 1);
  for (const std::string& record : whole) TOCSIN_CHECK(is_json_object(record));
  for (const std::size_t step : {1 + size % 7, std::size_t{1}}) TOCSIN_CHECK(records_of(bytes, step) == whole);
  static_cast<void>(is_report(bytes));
  return 0;
}
