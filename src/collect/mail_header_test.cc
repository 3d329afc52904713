#include "collect/mail_header.h"

#include <gtest/gtest.h>

#include "collect/mail_coding.h"
#include "collect/mail_trace.h"

namespace tocsin {
namespace {

Charsets charsets;

std::string list(std::string_view value) {
  std::string out;
  for (const MailAddress& one : mail_addresses(value, charsets)) out += "[" + one.name + "|" + one.address + "]";
  return out;
}

TEST(MailHeader, AddressesAsTheyAreWritten) {
  EXPECT_EQ(list("ann@example.org"), "[|ann@example.org]");
  EXPECT_EQ(list("Ann <ann@example.org>, bob@example.org"), "[Ann|ann@example.org][|bob@example.org]");
  EXPECT_EQ(list("\"Ann, \\\"A\\\" <x@y>\" <ann@example.org>"), "[Ann, \"A\" <x@y>|ann@example.org]");
  EXPECT_EQ(list("ann@example.org (Ann (of Accounts))"), "[Ann (of Accounts)|ann@example.org]");
  EXPECT_EQ(list("friends: ann@example.org, Bob <bob@example.org>; eve@example.org"), "[|ann@example.org][Bob|bob@example.org][|eve@example.org]");
  EXPECT_EQ(list("undisclosed-recipients:;"), "");
  EXPECT_EQ(list("=?utf-8?q?Zo=C3=AB?= <zoe@example.org>"), "[Zoë|zoe@example.org]");
  EXPECT_EQ(list("\"ann smith\"@example.org"), "[|\"ann smith\"@example.org]");
  EXPECT_EQ(list("<@relay.example:ann@example.org>"), "[|ann@example.org]");
  EXPECT_EQ(list("Ann <ann@exam\r\n ple.org>"), "[Ann|ann@example.org]");
  EXPECT_EQ(list("\"Ann\" <ann@example.org>\n =?utf-8?q?=2C?= \"Bob\" <bob@example.org>"), "[Ann|ann@example.org][, Bob|bob@example.org]") << "a comma that was encoded";
  EXPECT_EQ(list("<>"), "");
  EXPECT_EQ(list("Ann <ann@example.org"), "[Ann|ann@example.org]");
  EXPECT_EQ(list("\"open"), "[|\"open]");
  EXPECT_EQ(list("((((((((((((((deep"), "");
  EXPECT_EQ(list("жена@пример.рф"), "[|жена@пример.рф]");
}

TEST(MailHeader, EncodedWords) {
  EXPECT_EQ(charsets.words("=?iso-8859-1?q?=E4_b?= c"), "ä b c");
  EXPECT_EQ(charsets.words("=?utf-8?b?w6Q=?= \t =?utf-8?b?w7Y=?="), "äö");
  EXPECT_EQ(charsets.words("=?utf-8?b?ww==?= =?utf-8?b?pA==?="), "ä") << "a character cut in two";
  EXPECT_EQ(charsets.words("=?iso-2022-jp?b?GyRCRnxLXDhsGyhC?="), "日本語");
  EXPECT_EQ(charsets.words("=?gb18030?b?xOO6ww==?= =?koi8-r?q?=D0=D2?= =?windows-1252?q?=80?="), "你好пр€");
  EXPECT_EQ(charsets.words("=?utf-8*en?q?a?="), "a");
  EXPECT_EQ(charsets.words("=?klingon?q?a=20b_?="), "a b ");
  EXPECT_EQ(charsets.words("=?utf-8?q?a b?="), "a b");
  for (const std::string_view odd : {"=?", "=?=?", "=?utf-8?x?a?=", "=?utf-8?q?a", "a =?b?= c", "=?../../x?q"}) EXPECT_EQ(charsets.words(odd), odd);
  EXPECT_EQ(charsets.words("=?../../x?q?a?="), "a");
}

TEST(MailHeader, ParametersAsTheyAreWritten) {
  const MailValue plain = mail_value("Text/Plain (really); charset=\"UTF-8\"; format = flowed ; x", charsets);
  EXPECT_EQ(plain.value, "text/plain");
  EXPECT_EQ(plain.parameter("charset"), "UTF-8");
  EXPECT_EQ(plain.parameter("format"), "flowed");
  EXPECT_EQ(plain.parameter("x"), "");
  EXPECT_EQ(mail_value("a; filename*=iso-8859-1'de'f%FCr.txt; filename=\"fuer.txt\"", charsets).parameter("filename"), "für.txt");
  EXPECT_EQ(mail_value("a; n*1=\"b\"; n*0*=utf-8''%C3%A4; n*2*=%20c; n*4=e", charsets).parameter("n"), "äb c");
  EXPECT_EQ(mail_value("a; name=\"=?utf-8?q?=C3=A4.pdf?=\"", charsets).parameter("name"), "ä.pdf");
  EXPECT_EQ(mail_value("a; name=\"a;b\\\"c\"; d=e", charsets).parameter("name"), "a;b\"c");
  EXPECT_EQ(mail_value("a; name=\"open", charsets).parameter("name"), "open");
  EXPECT_EQ(mail_value("a; n*99999999999=x; n*-1=y; =z; ;;", charsets).parameter("n"), "");
}

TEST(MailHeader, Dates) {
  const TimeUs time = to_time({2026, 3, 2, 7, 15, 30, 0});
  EXPECT_EQ(mail_date("Mon, 2 Mar 2026 08:15:30 +0100 (CET)"), time);
  EXPECT_EQ(mail_date("2 Mar 26 02:15:30 EST"), time);
  EXPECT_EQ(mail_date("Mon,  2 March 2026 07:15:30 GMT"), time);
  EXPECT_EQ(mail_date("Mon, 2 Mar 2026 07:15 -0000"), time - 30'000'000);
  EXPECT_EQ(mail_date("2 Mar 2026 07:15:30"), time);
  EXPECT_EQ(mail_date("2 Mar 126 07:15:30"), time);
  for (const std::string_view none : {"", "yesterday", "Mon, 32 Mar 2026 08:15:30 +0100", "29 Feb 2025 08:15:30", "2 Mar 2026 25:15:30", "2 Mar 2026", "2 Mar -1 01:02:03", "2 Mar 99999999999999 01:02:03"}) EXPECT_EQ(mail_date(none), kNoTime) << none;
}

std::string hop_text(std::string_view value) {
  const MailHop hop = mail_hop(value);
  return hop.from + "|" + hop.ip + "|" + hop.by + "|" + hop.with + "|" + hop.id + "|" + hop.recipient + "|" + format_time(hop.time);
}

TEST(MailTrace, Received) {
  EXPECT_EQ(hop_text("from a.example (b.example [192.0.2.7]) by c.example (Postfix) with ESMTPS id 4F for <x@y.example>; Mon, 2 Mar 2026 08:15:30 +0100"), "a.example|192.0.2.7|c.example|ESMTPS|4F|x@y.example|2026-03-02T07:15:30.000000Z");
  EXPECT_EQ(hop_text("from [10.0.0.1] (helo=x [IPv6:2001:db8::1]) by c.example; bad date"), "[10.0.0.1]|2001:db8::1|c.example||||");
  EXPECT_EQ(hop_text("from a.example (2001:db8::7) by c.example (2603:1096::1) with Microsoft SMTP Server (version=TLS1_2, cipher=X) id 15.20;\n Mon, 2 Mar 2026 07:15:30 +0000"), "a.example|2001:db8::7|c.example|Microsoft|15.20||2026-03-02T07:15:30.000000Z");
  EXPECT_EQ(hop_text("by c.example with SMTP id x; Mon, 2 Mar 2026 07:15:30 GMT"), "||c.example|SMTP|x||2026-03-02T07:15:30.000000Z");
  EXPECT_EQ(hop_text("(qmail 1 invoked by uid 89); 2 Mar 2026 07:15:30 -0000"), "||||||2026-03-02T07:15:30.000000Z");
  EXPECT_EQ(hop_text("from a (HELO by) (192.0.2.9) by b with SMTP"), "a|192.0.2.9|b|SMTP|||");
  EXPECT_EQ(hop_text("((((("), "||||||");
}

std::string results(const AuthResults& all) {
  std::string out = all.authserv_id;
  for (const AuthResult& one : all.results) out += " " + one.method + "=" + one.result + "/" + one.domain + (one.policy.empty() ? "" : "/" + one.policy) + (one.ip.empty() ? "" : "/" + one.ip);
  return out;
}

TEST(MailTrace, AuthenticationResults) {
  EXPECT_EQ(results(auth_results("MX.example.org 1; dkim=pass (good; signature) header.d=Example.NET header.i=@x.example; spf=softfail smtp.mailfrom=bounce@example.net")), "mx.example.org dkim=pass/example.net spf=softfail/example.net");
  EXPECT_EQ(results(auth_results("spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=a.example; dkim=none (message not signed) header.d=none;dmarc=fail action=quarantine header.from=b.example;")), " spf=pass/a.example dkim=none/none dmarc=fail/b.example");
  EXPECT_EQ(results(auth_results("i=1; mx.example.org; dmarc=pass (p=REJECT sp=NONE dis=NONE) header.from=c.example; arc=none")), "mx.example.org dmarc=pass/c.example/reject arc=none/");
  EXPECT_EQ(results(auth_results("mx.example.org; none")), "mx.example.org");
  EXPECT_EQ(results(auth_results("\"mx.example.org\"; dkim/1=fail reason=\"a;b\" header.i=@d.example")), "mx.example.org dkim=fail/d.example");
  EXPECT_EQ(results(auth_results("mx.example.org (says; dmarc=pass); dmarc=fail header.from=e.example")), "mx.example.org dmarc=fail/e.example");
  EXPECT_EQ(results(auth_results("; ; (((( \"")), "");
  std::string many = "mx.example.org";
  for (std::size_t i = 0; i <= kAuthResultsMax; ++i) many += "; dkim=pass header.d=a.example";
  EXPECT_EQ(auth_results(many).results.size(), kAuthResultsMax);
}

TEST(MailTrace, ReceivedSpf) {
  EXPECT_EQ(results(received_spf("Pass (mx.example.org: domain of x designates 192.0.2.7 as permitted sender) client-ip=192.0.2.7; envelope-from=\"x@a.example\"; helo=h.example; receiver=mx.example.org")), "mx.example.org spf=pass/a.example/192.0.2.7");
  EXPECT_EQ(results(received_spf("none helo=h.example")), " spf=none/h.example");
  EXPECT_EQ(results(received_spf("")), "");
}

TEST(MailCoding, Base64StopsAtItsEnd) {
  std::string bytes;
  Base64Bytes base64;
  for (const std::string_view piece : {"aG", "V", "s\r\n", "!b", "G8=", "aGVsbG8="}) base64.append(piece, bytes);
  EXPECT_EQ(bytes, "hello");
}

TEST(MailCoding, QuotedPrintable) {
  std::string bytes;
  EXPECT_TRUE(append_quoted_printable("a=3Db=zz=4 \t", bytes));
  EXPECT_EQ(bytes, "a=b=zz=4");
  bytes.clear();
  EXPECT_FALSE(append_quoted_printable("soft= ", bytes));
  EXPECT_EQ(bytes, "soft");
}

}  // namespace
}  // namespace tocsin
