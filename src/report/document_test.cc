#include "report/document.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tocsin {
namespace {

/// Everything that an attacker may write into a log to leave its place.
const std::string kHostile = "<script>alert(1)</script> \"q\" 'a' & [x](http://example.org) ![i](x) `c` *b* _u_ | <!-- \x1b[31m \xE2\x80\xAE" "gpj.exe \xff www.example.org ann@example.org\n# head\n- item\n1. one\n    code\n\n=====";

Document everywhere(const std::string& text) {
  Document document(text, text);
  document.heading(text).text(text).note(text).question(text).list({text}).facts({{text, text}}).table({{text}, {text, true}}, {{text, text}}).bars({{text, 1, text, 4}, {text, 2, text, 200}}).new_page().heading(text);
  return document;
}

TEST(Document, HostileTextMakesNoMarkupInHtml) {
  const std::string html = html_document(everywhere(kHostile));
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("<!--"), std::string::npos);
  EXPECT_EQ(html.find('\x1b'), std::string::npos);
  EXPECT_EQ(html.find("\xE2\x80\xAE"), std::string::npos);
  EXPECT_EQ(html.find('\xff'), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;alert(1)&lt;/script&gt;"), std::string::npos);
  EXPECT_NE(html.find("\\u202e"), std::string::npos);
  EXPECT_NE(html.find("default-src 'none'"), std::string::npos);
  // As many tags as with a text that means nothing.
  const std::string plain = html_document(everywhere("a\nb\nc\nd\ne\nf\ng"));
  EXPECT_EQ(std::count(html.begin(), html.end(), '<'), std::count(plain.begin(), plain.end(), '<'));
}

TEST(Document, HostileTextMakesNoMarkupInMarkdown) {
  const std::string text = markdown_document(everywhere(kHostile));
  for (const char* const markup : {"<script", "<!--", "[x](", "`c`", " *b*", "\n# head", "\n- item", "\n1. one", "\n    code", "\n====", "http://", "www.example", "n@example", "\x1b", "\xE2\x80\xAE"}) EXPECT_EQ(text.find(markup), std::string::npos) << markup;
  EXPECT_NE(text.find("&lt;script&gt;"), std::string::npos);
  // A row of the table has as many cells as columns, whatever stands in it.
  EXPECT_NE(text.find("\\|"), std::string::npos);
}

TEST(Document, LongTextsAndTablesAreCutAndCounted) {
  const std::string cut = report_text(std::string(kReportTextBytesMax - 1, 'a') + "\xC3\xA4" + std::string(10, 'b'));
  EXPECT_TRUE(cut.ends_with("a … and 12 bytes more")) << cut.substr(cut.size() - 40);
  Document document("t");
  document.table({{"n", true}}, std::vector<std::vector<std::string>>(kReportRowsMax + 7, {"1"}));
  EXPECT_EQ(document.blocks().front().rows.size(), kReportRowsMax);
  EXPECT_NE(html_document(document).find("7 more rows"), std::string::npos);
  EXPECT_NE(markdown_document(document).find("7 more rows"), std::string::npos);
}

TEST(Document, EveryTextIsChanged) {
  // Names of facts, columns and what stands behind bars are of the program.
  Document other("secret", "secret");
  other.heading("secret").text("secret").note("secret").question("secret").list({"secret"}).facts({{"name", "secret"}}).table({{"column"}}, {{"secret"}}).bars({{"secret", 1, "1", 1}});
  other.change_texts([](const std::string& text) { return text == "secret" ? std::string("gone") : text; });
  EXPECT_EQ(html_document(other).find("secret"), std::string::npos);
  EXPECT_EQ(markdown_document(other).find("secret"), std::string::npos);
}

}  // namespace
}  // namespace tocsin
