#include "collect/report_reader.h"

#include <gtest/gtest.h>

#include "base/memory_env.h"
#include "collect/base64.h"
#include "collect/byte_stream.h"
#include "collect/dmarc_reader.h"
#include "collect/mail_testing.h"
#include "collect/packed_testing.h"
#include "collect/report_testing.h"

namespace tocsin {
namespace {

const std::string kRowJson =
    R"({"dmarc":{"version":"1.0","report_metadata":{"org_name":"receiver.example","email":"dmarc@receiver.example","report_id":"77","date_range":{"begin":"1772323200","end":"1772409599"}},)"
    R"("policy_published":{"domain":"example.org","adkim":"r","aspf":"r","p":"reject","sp":"reject","pct":"100"},)"
    R"("row":{"source_ip":"192.0.2.7","count":2,"policy_evaluated":{"disposition":"none","dkim":"fail","spf":"pass"}},"identifiers":{"header_from":"example.org"},)"
    R"("auth_results":{"dkim":[{"domain":"a.example","result":"pass"},{"domain":"b.example","result":"fail"}],"spf":{"domain":"example.org","result":"pass"}}}})";

struct Told {
  std::vector<std::string> records;
  std::string trouble;
  Code code = Code::kInvalid;
};

Told read(std::string_view bytes, std::size_t step = 1u << 30) {
  ReportReader report;
  ToldRecords told;
  for (std::size_t at = 0; at < bytes.size(); at += std::min(step, bytes.size() - at)) report.read(bytes.substr(at, step), told);
  report.finish(told);
  if (!report.trouble()) return {told.records, {}, {}};
  return {told.records, report.trouble()->message, report.trouble()->code};
}

TEST(Report, ARowIsARecord) {
  const std::string xml = report_text(2);
  const std::vector<std::string> rows = {kRowJson, kRowJson};
  for (const std::string& bytes : {xml, packed(xml), zip_member("r.xml", xml) + std::string(kZipEnd), zip_member("r.xml", xml, true, true) + std::string(kZipEnd), zip_member("r.xml", xml, false) + std::string(kZipEnd)}) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{17}, bytes.size()}) {
      const Told told = read(bytes, step);
      EXPECT_EQ(told.records, rows);
      EXPECT_EQ(told.trouble, "");
    }
    EXPECT_TRUE(is_report(std::string_view(bytes).substr(0, kReportHeadBytes)));
  }
}

TEST(Report, AnArchiveMayHoldSeveral) {
  const Told told = read(zip_member("a.xml", report_text()) + zip_member("b.xml", report_text(), true, true) + zip_member("c.xml", report_text(), false) + std::string(kZipEnd));
  EXPECT_EQ(told.records.size(), 3u);
  EXPECT_EQ(told.trouble, "");
}

TEST(Report, BombsAreRefused) {
  const std::string row(kReportRow);
  std::string huge(kReportHead);
  huge.append(kReportBytesMax + 1, ' ');
  for (const std::string& bytes : {packed(huge), zip_member("r.xml", huge) + std::string(kZipEnd)}) {
    ASSERT_LT(bytes.size(), kReportBytesMax / 500);
    const Told told = read(bytes);
    EXPECT_EQ(told.code, Code::kLimit) << told.trouble;
    EXPECT_TRUE(told.trouble.find("unpacks to more than") != std::string::npos || told.trouble.find("longer than") != std::string::npos) << told.trouble;
  }
  std::string many;
  for (std::size_t i = 0; i <= kZipMembersMax; ++i) many += zip_member("r.xml", report_text());
  const Told told = read(many + std::string(kZipEnd));
  EXPECT_EQ(told.code, Code::kLimit);
  EXPECT_EQ(told.records.size(), kZipMembersMax);
}

TEST(Report, XmlHasLimits) {
  const std::string head(kReportHead), end(kReportEnd);
  const std::string many_bytes = "<record><x>" + std::string(kDmarcRecordBytesMax, 'x') + "</x></record>";
  std::string deep, elements = "<record>", attribute = "<record x='" + std::string(2 * kDmarcTokenBytesMax, 'x');
  for (std::size_t i = 0; i <= kDmarcDepthMax; ++i) deep += "<a>";
  for (std::size_t i = 0; i <= kDmarcElementsMax; ++i) elements += "<a/>";
  for (const std::string& bad : {many_bytes, deep, elements, attribute}) {
    const Told told = read(head + std::string(kReportRow) + bad + end);
    EXPECT_EQ(told.code, Code::kLimit) << told.trouble;
    EXPECT_EQ(told.records.size(), 1u);
  }
  const Told long_head = read("<feedback><report_metadata>" + std::string(kDmarcHeadBytesMax - 20, 'x') + "</report_metadata><policy_published>" + std::string(100, 'y') + "</policy_published>" + std::string(kReportRow) + end);
  ASSERT_EQ(long_head.records.size(), 1u);
  EXPECT_EQ(long_head.records[0].find("policy_published"), std::string::npos);
}

TEST(Report, NothingIsExpandedOrFetched) {
  for (const std::string type : {"<!DOCTYPE feedback [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>", "<!DOCTYPE feedback SYSTEM \"file:///etc/passwd\">"}) {
    DmarcReader dmarc;
    ToldRecords told;
    const Status status = dmarc.read("<?xml version=\"1.0\"?>" + type + "<feedback><record><x>&b;</x></record></feedback>", told);
    ASSERT_FALSE(status.has_value());
    EXPECT_TRUE(status.error().message.find("document type") != std::string::npos) << status.error().message;
    EXPECT_TRUE(told.records.empty());
    EXPECT_TRUE(is_report(type + "<feedback>")) << "or it would be taken for a text, and nobody told";
  }
  EXPECT_EQ(read("<feedback><record><x>&lt;&amp;&#228;</x></record></feedback>").records, (std::vector<std::string>{"{\"dmarc\":{\"x\":\"<&\u00e4\"}}"}));
}

TEST(Report, DamageIsSaidBehindWhatCouldBeRead) {
  const std::string xml = report_text(1);
  EXPECT_EQ(read(xml.substr(0, xml.size() - 4)).records.size(), 1u);
  EXPECT_NE(read(xml.substr(0, xml.size() - 4)).trouble, "");
  EXPECT_NE(read(xml + "<more/>").trouble, "");
  EXPECT_NE(read(packed(xml).substr(0, 100)).trouble, "");
  EXPECT_NE(read(zip_member("r.xml", xml).substr(0, 100)).trouble, "");
  EXPECT_NE(read("<html></html>").trouble, "");
  std::string encrypted = zip_member("r.xml", xml);
  encrypted[6] = 1;
  EXPECT_EQ(read(encrypted).code, Code::kUnsupported);
  std::string method = zip_member("r.xml", xml);
  method[8] = 12;
  EXPECT_EQ(read(method).code, Code::kUnsupported);
  EXPECT_NE(read(zip_member("r.xml", xml) + std::string(100, 'x')).trouble, "");
  EXPECT_EQ(read(zip_member(std::string(kZipHeaderBytesMax + 1, 'n'), xml)).code, Code::kLimit);
}

TEST(Report, PrefixesAndOtherEncodingsAreRead) {
  EXPECT_EQ(read("<d:feedback xmlns:d='urn:ietf:params:xml:ns:dmarc-2.0'><d:record><d:row><d:count>07</d:count></d:row></d:record></d:feedback>").records, (std::vector<std::string>{R"({"dmarc":{"row":{"count":"07"}}})"}));
  EXPECT_EQ(read("<?xml version='1.0' encoding='iso-8859-1'?><feedback><record><x>\xe4</x></record></feedback>").records, (std::vector<std::string>{"{\"dmarc\":{\"x\":\"\u00e4\"}}"}));
}

const std::string kTlsReport = "{\n \"organization-name\": \"receiver.example\",\n \"date-range\": {\"start-datetime\": \"2026-03-02T00:00:00Z\", \"end-datetime\": \"2026-03-02T23:59:59Z\"},\n \"report-id\": \"7\", \"policies\": []\n}";

TEST(Report, OfSmtpTlsIsOneRecord) {
  std::string line = kTlsReport;
  for (char& c : line) c = c == '\n' ? ' ' : c;
  EXPECT_EQ(read(kTlsReport).records, (std::vector<std::string>{line}));
  EXPECT_EQ(read(packed(kTlsReport), 3).records, (std::vector<std::string>{line}));
  EXPECT_EQ(read(kTlsReport.substr(0, 150)).code, Code::kInvalid);
  EXPECT_EQ(read(kTlsReport + std::string(kTlsReportBytesMax, ' ')).code, Code::kLimit);
}

std::string mail_with(const std::string& type, const std::string& bytes) {
  std::string text = "From: a@b.example\nTo: c@d.example\nContent-Type: " + type + "\nContent-Transfer-Encoding: base64\n\n";
  append_base64(text, bytes);
  return text + "\n";
}

TEST(Report, InAMailIsReadToo) {
  for (const std::string& bytes : {packed(report_text()), zip_member("r.xml", report_text()) + std::string(kZipEnd), report_text()}) {
    const ReadMails read = read_mails(mail_with("application/octet-stream; name=x", bytes), 100);
    ASSERT_EQ(read.records.size(), 2u);
    EXPECT_EQ(read.records[0], kRowJson);
    EXPECT_TRUE(read.records[1].find("\"hash\"") != std::string::npos);
  }
  EXPECT_EQ(read_mails(mail_with("application/tlsrpt+gzip", packed(kTlsReport))).records.size(), 2u);
  EXPECT_EQ(read_mails(mail_with("application/gzip", packed("something else"))).records.size(), 1u);
  const ReadMails damaged = read_mails(mail_with("application/gzip", packed(report_text(50)).substr(0, packed(report_text(50)).size() - 12)));
  EXPECT_EQ(damaged.counts.damaged_reports, 1u);
  EXPECT_NE(damaged.counts.damage, "");
}

TEST(Report, FilesAreToldByTheirContent) {
  MemoryEnv env;
  for (const std::string& bytes : {report_text(), packed(report_text()), zip_member("r.xml", report_text()) + std::string(kZipEnd)}) {
    env.add_file("r", bytes);
    auto stream = ByteStream::open(env, "r");
    ASSERT_TRUE(stream.has_value());
    std::string text(4'096, '\0');
    text.resize((*stream)->read(text.data(), text.size()).value());
    EXPECT_EQ(text, kRowJson + "\n");
  }
  EXPECT_FALSE(is_report(zip_member("word/document.xml", "<w:document/>")));
  EXPECT_FALSE(is_report("{\"organization-name\":1}"));
  EXPECT_FALSE(is_report(""));
}

}  // namespace
}  // namespace tocsin
