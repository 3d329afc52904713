// HTML, as far as links need it: texts that stand in no link, and links with what they lead to and the text that is shown for them. Elements that are read: a, area, form, iframe,
// and meta that refreshes; script, style and comments are passed over. It does not follow how browsers repair what is not closed; a link's text ends with the
// next link at the latest. Work is one pass, and memory one element. One thread; nothing fails.
//
//   HtmlLinks reader(html);
//   while (reader.next()) if (!reader.is_text()) use(reader.url(), reader.text());
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin {

class HtmlLinks {
 public:
  /// `html` must outlive it.
  explicit HtmlLinks(std::string_view html) : html_(html) {}

  bool next();
  bool is_text() const { return is_text_; }
  const std::string& url() const { return url_; }
  /// Character references undone; of a link with blanks as one, and no longer than kMailLinkTextBytesMax.
  const std::string& text() const { return text_; }

 private:
  struct Element {
    std::string name;
    std::string target;  // of a link
    bool closes = false;
  };
  bool take_text();
  bool take_element(Element& element);
  void skip_comment();
  void skip_to_end(std::string_view name);
  void skip_behind(std::string_view mark);
  bool finish_link();

  std::string_view html_;
  bool is_text_ = true;
  std::string url_, text_;
  std::string link_, shown_;  // the link that is open, and its text so far
  bool open_ = false;
};

/// Appends `text` with the character references of HTML that are in everyday use, and all numeric ones, undone.
void append_unreferenced(std::string& out, std::string_view text);

}  // namespace tocsin
