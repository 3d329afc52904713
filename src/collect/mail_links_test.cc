#include "collect/mail_links.h"

#include <gtest/gtest.h>

#include <random>

#include "collect/file_kind.h"
#include "collect/html_links.h"
#include "base/url_host.h"

namespace tocsin {
namespace {

std::string links(std::string_view html, bool is_html = true) {
  MailLinks all;
  is_html ? all.add_html(html) : all.add_text(html);
  std::string out;
  for (const MailLink& one : all.all()) out += "[" + one.url + "|" + one.host + "|" + one.text + (one.disguised ? "|!]" : "]");
  return out;
}

TEST(MailLinks, InHtml) {
  EXPECT_EQ(links("<a href=\"https://a.example/\">go <b>now</b>\n please</a>"), "[https://a.example/|a.example|go now please]");
  EXPECT_EQ(links("<A class=x HREF = https://a.example/?x=1&amp;y=2 >x</A>"), "[https://a.example/?x=1&y=2|a.example|x]");
  EXPECT_EQ(links("<a href='ht&#116;ps&colon;//a.example/\n&Tab;x'>x</a>"), "[https://a.example/x|a.example|x]");
  EXPECT_EQ(links("<a href='https://a.example'>one<a href='https://b.example'>two"), "[https://a.example|a.example|one][https://b.example|b.example|two]");
  EXPECT_EQ(links("<form action='https://a.example/f'><iframe src=//b.example></iframe><area href=https://c.example><meta http-equiv=refresh content=\"0; URL='https://d.example/'\">"),
            "[https://a.example/f|a.example|][//b.example|b.example|][https://c.example|c.example|][https://d.example/|d.example|]");
  EXPECT_EQ(links("<script>'<a href=https://a.example>'</script><!-- <a href=https://b.example> --><style></style>https://c.example"), "[https://c.example|c.example|]");
  EXPECT_EQ(links("<!--><a href=https://a.example>x</a>"), "[https://a.example|a.example|x]");
  EXPECT_EQ(links("<!-- --!><a href=https://a.example>x</a>"), "[https://a.example|a.example|x]");
  EXPECT_EQ(links("<a href='mailto:a@b.example'>x</a><a href='cid:1'>x</a><a href='#top'>x</a><a href=''>x</a><a href='/relative'>x</a>"), "");
  EXPECT_EQ(links("<a href='javascript:alert(1)'>x</a>"), "[javascript:alert(1)||x]");
  EXPECT_EQ(links("1 < 2 <a href=https://a.example>x</a> <"), "[https://a.example|a.example|x]");
  EXPECT_EQ(links("<a title='>' href=https://a.example>x</a>"), "[https://a.example|a.example|x]");
  EXPECT_EQ(links("<a href=\"https://a.example"), "");
  EXPECT_EQ(links("<"), "");
}

TEST(MailLinks, InText) {
  EXPECT_EQ(links("see https://a.example/x, (http://b.example/y_(z)) and www.c.example.", false), "[https://a.example/x|a.example|][http://b.example/y_(z)|b.example|][www.c.example|www.c.example|]");
  EXPECT_EQ(links("<https://a.example/>\"https://a.example/\"", false), "[https://a.example/|a.example|]");
  EXPECT_EQ(links("://x a://b nothing:// http:// wwwwww. http://", false), "");
  EXPECT_EQ(links("https://b\xc3\xbc" "cher.example/", false), "[https://b\xc3\xbc" "cher.example/|xn--bcher-kva.example|]");
}

TEST(MailLinks, DisguiseIsAnotherHost) {
  EXPECT_EQ(links("<a href=https://evil.example/>https://bank.example/</a>"), "[https://evil.example/|evil.example|https://bank.example/|!]");
  EXPECT_EQ(links("<a href=https://evil.example/>www.bank.example</a>"), "[https://evil.example/|evil.example|www.bank.example|!]");
  EXPECT_EQ(links("<a href=https://evil.example/>bank.com</a>"), "[https://evil.example/|evil.example|bank.com|!]");
  EXPECT_EQ(links("<a href=https://click.bank.example/>https://www.bank.example</a>"), "[https://click.bank.example/|click.bank.example|https://www.bank.example]");
  for (const std::string text : {"report.docx", "click here", "Version 2.0", "ann@bank.com", "Bank"}) EXPECT_EQ(links("<a href=https://evil.example/>" + text + "</a>").find('!'), std::string::npos) << text;
}

TEST(MailLinks, Hosts) {
  EXPECT_EQ(url_host("HTTPS://user:pass@A.Example:8443/x@y"), "a.example");
  EXPECT_EQ(url_host("https:\\\\a.example\\@b.example"), "a.example");
  EXPECT_EQ(url_host("https:///a.example?x"), "a.example");
  EXPECT_EQ(url_host("https://[2001:db8::1]:443/"), "2001:db8::1");
  EXPECT_EQ(url_host("https://a%2eexample./"), "a.example");
  EXPECT_EQ(url_host("https://xn--bcher-kva.example"), "xn--bcher-kva.example");
  EXPECT_EQ(url_host("https://\xff\xfe/"), "");
  EXPECT_EQ(url_host("data:text/html,x"), "");
  EXPECT_EQ(url_host("https://" + std::string(5'000, 'a')), "");
  EXPECT_EQ(url_host(""), "");
}

TEST(MailLinks, HostileHtmlTakesLinearTime) {
  // Each of these took the square of its size where a mark that is not closed was looked for again and again.
  for (const std::string& piece : {std::string("<a "), std::string("<a href=\""), std::string("<a href='x>"), std::string("<!-"), std::string("</"), std::string("&#"), std::string("http://)))"), std::string("<"), std::string("www."), std::string("<script")}) {
    std::string text;
    while (text.size() < (1u << 20)) text += piece;
    links(text);
    links(text, false);
  }
}

TEST(MailLinks, AnyBytesAreRead) {
  std::mt19937 random(3);
  const std::string bytes = "<>a/='\"&#x;:! -\n\xc3\xbc.wh";
  for (int i = 0; i < 3'000; ++i) {
    std::string text;
    for (std::size_t n = random() % 60; n > 0; --n) text += bytes[random() % bytes.size()];
    links("<a href=" + text);
    links(text, false);
  }
}

TEST(FileKind, ByTheFirstBytes) {
  const auto kind = [](std::string_view head) { return file_kind(head) == nullptr ? "" : std::string(file_kind(head)->type); };
  EXPECT_EQ(kind("%PDF-1.7"), "application/pdf");
  EXPECT_EQ(kind(std::string("MZ\x90\0\3", 5)), "application/vnd.microsoft.portable-executable");
  EXPECT_EQ(kind("MZ is how this text begins"), "");
  EXPECT_EQ(kind("PK\x03\x04"), "application/zip");
  EXPECT_EQ(kind(std::string(257, 'x') + "ustar"), "application/x-tar");
  EXPECT_EQ(kind(" \n<!DOCTYPE HTML>"), "text/html");
  EXPECT_EQ(kind("<?xml version='1.0'?><svg>"), "image/svg+xml");
  EXPECT_EQ(kind(""), "");
  EXPECT_TRUE(file_kind("PK\x03\x04")->fits("report.DOCX"));
  EXPECT_TRUE(file_kind("PK\x03\x04")->fits("no extension"));
  EXPECT_FALSE(file_kind("PK\x03\x04")->fits("report.pdf"));
  EXPECT_EQ(file_extension("a.tar.GZ"), "gz");
  EXPECT_EQ(file_extension("a."), "");
}

}  // namespace
}  // namespace tocsin
