#include "collect/mail_reader.h"

#include <gtest/gtest.h>

#include <random>

#include "base/memory_env.h"
#include "collect/base64.h"
#include "collect/byte_stream.h"
#include "collect/mail_record.h"
#include "collect/mail_testing.h"
#include "collect/packed_testing.h"

namespace tocsin {
namespace {

/// Whether `json` has this text.
::testing::AssertionResult has(const std::string& json, const std::string& text) {
  if (json.find(text) != std::string::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << text << "\nis not in\n" << json;
}

const std::string kHead =
    "Return-Path: <bounce@example.net>\n"
    "Received: from mail.example.net (mail.example.net [192.0.2.7])\n"
    "\tby mx.example.org (Postfix) with ESMTPS id 4F1C\n"
    "\tfor <bob@example.org>; Mon,  2 Mar 2026 08:15:31 +0100 (CET)\n"
    "Message-ID: <1@example.net>\n"
    "Date: Mon, 2 Mar 2026 08:15:30 +0100\n"
    "From: \"Ann, of Accounts\" <ann@example.net>\n"
    "To: bob@example.org, =?utf-8?q?Zo=C3=AB?= <zoe@example.org>\n"
    "Subject: =?iso-8859-1?Q?Caf=E9?=\n =?utf-8?b?IGFuZCBtb3Jl?=\n";

TEST(Mail, ARecordHasWhatTheHeaderSays) {
  const std::string json = mail_json(kHead + "X-Mailer: Mill 2\n\nhello\n");
  EXPECT_EQ(json,
            R"({"@timestamp":"2026-03-02T07:15:31.000000Z","email":{"origination_timestamp":"2026-03-02T07:15:30.000000Z","delivery_timestamp":"2026-03-02T07:15:31.000000Z",)"
            R"("message_id":"<1@example.net>","subject":"Café and more","x_mailer":"Mill 2","size":459,)"
            R"("from":{"address":"ann@example.net","name":"Ann, of Accounts","domain":"example.net"},"return_path":{"address":"bounce@example.net","domain":"example.net"},)"
            R"("to":{"address":["bob@example.org","zoe@example.org"],"name":"Zoë","domain":"example.org"},)"
            R"("received":[{"from":"mail.example.net","ip":"192.0.2.7","by":"mx.example.org","with":"ESMTPS","id":"4F1C","for":"bob@example.org","timestamp":"2026-03-02T07:15:31.000000Z"}]}})");
}

std::string part(const std::string& head, const std::string& body) { return "--b1\n" + head + "\n" + body + "\n"; }
std::string multipart(const std::string& parts) { return kHead + "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b1\n\npreamble\n" + parts + "--b1--\nepilogue\n"; }

TEST(Mail, AttachmentsAreHashedAndNotKept) {
  // printf 'hello' | sha256sum, sha1sum, md5sum
  const std::string json = mail_json(multipart(part("Content-Type: text/plain\n", "see https://example.com/a.") +
                                               part("Content-Type: application/pdf; name=\"b.pdf\"\nContent-Disposition: attachment;\n filename*0*=utf-8''invo%C3%AFce;\n filename*1=\".pdf\"\nContent-Transfer-Encoding: base64\n", "aGVs\nbG8=")));
  EXPECT_TRUE(has(json, R"("attachments":[{"file":{"name":"invoïce.pdf","extension":"pdf","mime_type":"application/pdf","size":5,"hash":{"md5":"5d41402abc4b2a76b9719d911017c592",)"
                        R"("sha1":"aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d","sha256":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}},"disposition":"attachment"}])"));
  EXPECT_TRUE(has(json, R"("links":[{"url":"https://example.com/a","scheme":"https","domain":"example.com"}])"));
  EXPECT_EQ(json.find("hello"), std::string::npos);
  EXPECT_EQ(json.find("preamble"), std::string::npos);
}

TEST(Mail, TheLineEndBeforeABoundaryIsNoPartOfAnAttachment) {
  for (const std::string& end : {std::string("\n"), std::string("\r\n")}) {
    std::string text = multipart(part("Content-Disposition: attachment; filename=a.txt\n", "hello\n") + part("Content-Disposition: attachment; filename=b.txt\n", ""));
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + end.size())) text.replace(at, 1, end);
    const std::string json = mail_json(text);
    EXPECT_TRUE(has(json, "\"size\":" + std::to_string(5 + end.size()) + ",\"hash\""));
    EXPECT_TRUE(has(json, R"("extension":"txt","mime_type":"text/plain","size":0,)"));
  }
}

TEST(Mail, WhatAnAttachmentIsCalledAndWhatItIs) {
  std::string program = "MZ\x90";
  program += std::string(61, '\0');
  std::string coded;
  append_base64(coded, program);
  const std::string json = mail_json(multipart(part("Content-Type: application/pdf; name=invoice.pdf\nContent-Transfer-Encoding: base64\n", coded) +
                                               part("Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n", "iVBORw0KGgo=")));
  EXPECT_TRUE(has(json, R"("name":"invoice.pdf","extension":"pdf","mime_type":"application/pdf","content_type":"application/vnd.microsoft.portable-executable","size":64)"));
  EXPECT_TRUE(has(json, R"("name_mismatch":true)"));
  EXPECT_TRUE(has(json, R"("name":"a.png","extension":"png","mime_type":"image/png","content_type":"image/png","size":8)"));
  EXPECT_EQ(json.find("name_mismatch"), json.rfind("name_mismatch"));
}

TEST(Mail, HtmlLinksShowWhereTheyLead) {
  const std::string json = mail_json(multipart(part("Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n",
                                                    "<a href=3D\"https://evil.example.net/x?a=3D1&amp;b=3D2\">https://bank.exam=\nple.com/</a> <a href=3D'http://b=C3=BCcher.example/'>books</a>")));
  EXPECT_TRUE(has(json, R"({"url":"https://evil.example.net/x?a=1&b=2","scheme":"https","domain":"evil.example.net","text":"https://bank.example.com/","disguised":true})"));
  EXPECT_TRUE(has(json, R"("domain":"xn--bcher-kva.example","text":"books"})"));
}

TEST(Mail, WhatServersSayIsBelievedOnlyOfTheOneThatIsNamed) {
  const std::string text =
      "Authentication-Results: mx.example.org; dkim=pass header.d=example.net; spf=pass smtp.mailfrom=bounce@example.net; dmarc=pass (p=REJECT) header.from=example.net\n"
      "Authentication-Results: evil.example.com; dmarc=fail header.from=example.net\n" +
      kHead + "\nhello\n";
  const std::string unknown = mail_json(text), known = mail_json(text, {{"mx.example.org"}}), other = mail_json(text, {{"mail.example.org"}});
  EXPECT_TRUE(has(unknown, R"("dmarc":{"result":"pass","domain":"example.net","policy":"reject"},"authentication":{"trust":"unverified"})"));
  EXPECT_TRUE(has(known, R"("spf":{"result":"pass","domain":"example.net"},"dkim":{"result":"pass","domain":"example.net"},"dmarc":{"result":"pass","domain":"example.net","policy":"reject"},"authentication":{"trust":"verified"})"));
  EXPECT_TRUE(has(known, R"({"header":"authentication-results","authserv_id":"evil.example.com","method":"dmarc","result":"fail","domain":"example.net","trust":"unverified"})"));
  EXPECT_TRUE(has(other, R"("authentication":{"trust":"unverified"})"));
  EXPECT_EQ(other.find("\"dmarc\":{"), std::string::npos);
}

TEST(Mail, AForgedFieldBelowTheServersOwnDoesNotCount) {
  const std::string text = "Authentication-Results: mx.example.org; dmarc=fail header.from=example.net\n" + kHead + "Authentication-Results: mx.example.org; dmarc=pass header.from=example.net\n\nx\n";
  EXPECT_TRUE(has(mail_json(text, {{"mx.example.org"}}), R"("dmarc":{"result":"fail",)"));
}

TEST(Mail, AMailInAMailIsARecordOfItsOwn) {
  const std::string inner = "From: eve@example.com\nMessage-ID: <2@example.com>\nSubject: inner\nContent-Type: multipart/mixed; boundary=b2\n\n--b2\nContent-Disposition: attachment; filename=x.bin\n\nabc\n--b2--\n";
  const ReadMails read = read_mails(multipart(part("Content-Type: message/rfc822\n", inner) + part("Content-Type: text/plain\n", "what is this?")));
  ASSERT_EQ(read.records.size(), 2u);
  EXPECT_TRUE(has(read.records[0], R"("subject":"inner")"));
  EXPECT_TRUE(has(read.records[0], R"("attached_to":"<1@example.net>")"));
  EXPECT_TRUE(has(read.records[0], R"("name":"x.bin","extension":"bin","mime_type":"text/plain","size":3)"));
  EXPECT_TRUE(has(read.records[1], R"("mime_type":"message/rfc822","size":)" + std::to_string(inner.size())));
  EXPECT_EQ(read.records[1].find("x.bin"), std::string::npos);
}

TEST(Mail, MailsNestDeepAndThatIsSaid) {
  std::string text = "From: a@example.org\nSubject: innermost\n\nx\n";
  for (int i = 0; i < 10; ++i) text = "From: a@example.org\nSubject: s" + std::to_string(i) + "\nContent-Type: message/rfc822\n\n" + text;
  const ReadMails read = read_mails(text);
  ASSERT_EQ(read.records.size(), std::size_t{kMailNestedMax} + 1);
  EXPECT_TRUE(has(read.records.front(), R"("left_out":"nested mails")"));
}

TEST(Mail, AMailboxHasMails) {
  const std::string mailbox = "From ann@example.net Mon Mar  2 08:15:30 2026\n" + kHead + "\nFrom here on it is text,\n\nFrom here, too.\n\nFrom MAILER-DAEMON Mon Mar  2 08:15:31 2026\n" + kHead + "\nsecond\n";
  for (const std::size_t step : {std::size_t{1}, std::size_t{13}, mailbox.size()}) {
    const ReadMails read = read_mails(mailbox, step);
    ASSERT_EQ(read.records.size(), 2u) << step;
    EXPECT_TRUE(has(read.records[0], "\"size\":" + std::to_string(kHead.size() + std::string("\nFrom here on it is text,\n\nFrom here, too.\n").size())));
    EXPECT_TRUE(has(read.records[1], "\"size\":" + std::to_string(kHead.size() + std::string("\nsecond\n").size())));
  }
}

TEST(Mail, AMailboxEndsAMailOnlyBehindAnEmptyLine) {
  const std::string from = "From ann@example.net Mon Mar  2 08:15:30 2026\n";
  EXPECT_EQ(read_mails(from + kHead + "\nwho quotes without a mark:\n" + from + kHead + "\nx\n").records.size(), 1u);
  EXPECT_EQ(read_mails(kHead + "\nno mailbox\n\n" + from + kHead + "\nx\n").records.size(), 1u);
}

TEST(Mail, LimitsAreSaid) {
  std::string fields = kHead, parts, links, addresses = "Cc: a@example.org";
  for (std::size_t i = 0; i < kMailFieldsMax; ++i) fields += "X-N: " + std::to_string(i) + "\n";
  EXPECT_TRUE(has(mail_json(fields + "\nx\n"), R"("left_out":"header")"));
  EXPECT_TRUE(has(mail_json(kHead + "X-Long: " + std::string(kMailFieldBytesMax, 'x') + "\n\nx\n"), R"("left_out":"header")"));
  for (std::size_t i = 0; i <= kMailAttachmentsMax; ++i) parts += part("Content-Disposition: attachment; filename=a\n", "x");
  EXPECT_TRUE(has(mail_json(multipart(parts)), R"("left_out":"attachments")"));
  for (std::size_t i = kMailAttachmentsMax; i <= kMimePartsMax; ++i) parts += part("", "x");
  EXPECT_TRUE(has(mail_json(multipart(parts)), R"("left_out":["attachments","parts"])"));
  for (std::size_t i = 0; i <= kMailLinksMax; ++i) links += "https://example.com/" + std::to_string(i) + "\n";
  EXPECT_TRUE(has(mail_json(kHead + "\n" + links), R"("left_out":"links")"));
  for (std::size_t i = 0; i <= kMailAddressesMax; ++i) addresses += ", a" + std::to_string(i) + "@example.org";
  EXPECT_TRUE(has(mail_json(kHead + addresses + "\n\nx\n"), R"("left_out":"addresses")"));
  EXPECT_TRUE(has(mail_json(kHead + "\n" + std::string(kMailTextBytesMax, 'x') + "\nhttps://example.com/\n"), R"("left_out":"text")"));
  std::string deep = kHead;
  for (std::size_t i = 0; i <= kMimeDepthMax; ++i) deep += "Content-Type: multipart/mixed; boundary=n" + std::to_string(i) + "\n\n--n" + std::to_string(i) + "\n";
  EXPECT_TRUE(has(mail_json(deep + "\nx\n"), R"("left_out":"nested parts")"));
  std::string hops;
  for (std::size_t i = 0; i <= kMailHopsMax; ++i) hops += "Received: by a.example.org; Mon, 2 Mar 2026 08:15:30 +0000\n";
  EXPECT_TRUE(has(mail_json(hops + kHead + "\nx\n"), R"("left_out":"received")"));
}

TEST(Mail, OddOnesAreRead) {
  // No empty line before the text, a field without a name, old Macs' line ends in the middle, NUL, a boundary that never comes.
  for (const std::string& odd : {kHead + "not a field\ntext\n", kHead, kHead + "\n", kHead + "Content-Type: multipart/mixed\n\nx\n", kHead + "Content-Type: multipart/mixed; boundary=\"never\"\n\nx\n",
                                 kHead + "Content-Type: ;;;=;\n\nx\n", kHead + "Content-Type: text/plain; charset=klingon\n\nx https://example.com/\n", kHead + "Content-Transfer-Encoding: base64\n\n=\n", std::string("From: a@b\nTo") + '\0' + ": x\n\n"}) {
    const ReadMails read = read_mails(odd);
    ASSERT_EQ(read.records.size(), 1u) << odd;
    EXPECT_TRUE(is_json_object(read.records[0])) << read.records[0];
  }
}

/// Mails out of the pieces that decide, in any order.
std::string made_up(std::mt19937& random) {
  static const std::vector<std::string> kPieces = {"\n", "\n\n", "\r\n", "--b1", "--b1--", "--b2\n", "From: a@example.org\n", "Subject: =?utf-8?q?x", "?=", "Content-Type: multipart/mixed; boundary=b1\n", "Content-Type: multipart/alternative; boundary=\"b2\"\n",
                                                   "Content-Type: message/rfc822\n\n", "Content-Type: text/html\n", "Content-Transfer-Encoding: base64\n", "Content-Transfer-Encoding: quoted-printable\n", "Content-Disposition: attachment; filename=a.bin\n",
                                                   "aGVsbG8=", "=3D=\n", "<a href='https://example.com/", "'>https://other.example/</a>", "From a@b Mon Mar  2 08:15:30 2026\n", " ", "\t", ":", std::string(kMailLineBytesMax, 'x'), std::string(1, '\0'), "\xff", "\r"};
  std::string text = random() % 2 == 0 ? "From a@b Mon Mar  2 08:15:30 2026\nFrom: a@b\nTo: b\n" : "From: a@b\nTo: b\n";
  for (std::size_t i = random() % 40; i > 0; --i) text += kPieces[random() % kPieces.size()];
  return text;
}

TEST(Mail, WhatComesOutDoesNotDependOnHowItWasCut) {
  std::mt19937 random(7);
  for (int i = 0; i < 400; ++i) {
    const std::string text = made_up(random);
    const ReadMails whole = read_mails(text);
    for (const std::string& record : whole.records) ASSERT_TRUE(is_json_object(record)) << record;
    for (const std::size_t step : {std::size_t{1}, 1 + text.size() / 7, std::size_t{4'096}}) ASSERT_EQ(read_mails(text, step).records, whole.records) << text;
  }
}

std::string lines_of(MemoryEnv& env, const std::string& path, std::string* trouble = nullptr) {
  auto stream = ByteStream::open(env, path);
  EXPECT_TRUE(stream.has_value());
  std::string text(1u << 20, '\0');
  std::size_t size = 0;
  while (true) {
    const Result<std::size_t> got = (*stream)->read(text.data() + size, text.size() - size);
    if (!got && trouble != nullptr) *trouble = got.error().message;
    if (!got || *got == 0) break;
    size += *got;
  }
  text.resize(size);
  return text;
}

TEST(Mail, FilesAreToldByTheirContent) {
  MemoryEnv env;
  const std::string mail = kHead + "\nhello\n";
  env.add_file("a", mail);
  env.add_file("b.gz", packed(mail));
  env.add_file("c", "From a@b Mon Mar  2 08:15:30 2026\n" + mail);
  const std::string json = mail_json(mail) + "\n";
  EXPECT_EQ(lines_of(env, "a"), json);
  EXPECT_EQ(lines_of(env, "b.gz"), json);
  EXPECT_EQ(lines_of(env, "c"), json);
  for (const std::string text : {"Mar  2 08:15:30 mx postfix/smtpd[1]: connect from x\n", "From here to there\nSubject: x\n", "Date: x\nSubject: only what others have, too\n\n", "From: alone\n\n", "key: value\nFrom: x\nTo: y\nno header\n", "{\"From\":1}\n", ""}) {
    env.add_file("t", text);
    EXPECT_EQ(lines_of(env, "t"), text);
  }
}

}  // namespace
}  // namespace tocsin
