// The links in a mail's texts: what a click would open, and what is shown for it. HTML is read as far as links need it (elements, their attributes, character references of HTML's
// everyday use), not as a browser does; plain text has whatever begins with a scheme. One MailLinks belongs to one mail and one thread; nothing fails.
//
//   MailLinks links;
//   links.add_html("<a href='https://x.example/'>https://bank.example</a>");
//   links.all()[0]   // x.example, shown as https://bank.example, disguised
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tocsin {

/// Of a mail, each once. Newsletters have up to two hundred.
inline constexpr std::size_t kMailLinksMax = 256;
/// Tracking links reach 1,500; what is longer is cut there.
inline constexpr std::size_t kMailLinkBytesMax = 2 << 10;
inline constexpr std::size_t kMailLinkTextBytesMax = 256;
/// Of one element, with its attributes: pictures may stand in them as data.
inline constexpr std::size_t kHtmlElementBytesMax = 64 << 10;

struct MailLink {
  std::string url;     // as it stands there, character references undone
  std::string scheme;  // in lower case
  std::string host;    // likewise; of an internationalized name its xn-- form; without the user before and the port behind it
  std::string text;    // what is shown for it, blanks made one; "" in plain text
  bool disguised = false;  // the text is an address of another host
};

class MailLinks {
 public:
  /// UTF-8.
  void add_html(std::string_view html);
  void add_text(std::string_view text);

  const std::vector<MailLink>& all() const { return links_; }
  /// Some were left out.
  bool cut() const { return cut_; }

 private:
  void add(std::string url, std::string_view shown);

  std::vector<MailLink> links_;
  std::unordered_map<std::string, std::size_t> places_;
  bool cut_ = false;
};

}  // namespace tocsin
