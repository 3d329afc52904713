// Any bytes as a mail or a mailbox. However they are cut into reads, the records are the same; each is one JSON object, and no larger than the limits of what it is made of allow.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "collect/mail_testing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const ReadMails whole = read_mails(bytes, size + 1, {{"mx.example.org"}});
  for (const std::string& record : whole.records) TOCSIN_CHECK(is_json_object(record) && record.size() < (8u << 20));
  for (const std::size_t step : {1 + size % 7, std::size_t{1}}) {
    const ReadMails cut = read_mails(bytes, step, {{"mx.example.org"}});
    TOCSIN_CHECK(cut.records == whole.records && cut.counts.mails == whole.counts.mails);
  }
  static_cast<void>(is_mail(bytes));
  return 0;
}
