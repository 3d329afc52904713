// The header of a mail or of a part: its fields, and how the values that matter are written (RFC 5322, 2045, 2231, with what is seen in practice). Pure functions and plain data;
// nothing fails: what is odd is read as far as it makes sense.
//
//   MailHeader header;
//   header.line("Subject: hello");  header.line(" world");
//   header.value("subject")   // "hello world"
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "collect/mail_text.h"

namespace tocsin {

/// Of a header: all its fields. Servers take 100 KB to 250 KB; each hop adds some.
inline constexpr std::size_t kMailHeaderBytesMax = 256 << 10;
inline constexpr std::size_t kMailFieldsMax = 1'000;
/// Of one field's value, which is cut there: a list of addresses may be long, nothing else is.
inline constexpr std::size_t kMailFieldBytesMax = 64 << 10;
/// Of one field: what is larger is a distribution list written out.
inline constexpr std::size_t kMailAddressesMax = 256;
/// Of one field: RFC 2231 allows a value to be cut into any number of parameters.
inline constexpr std::size_t kMailParametersMax = 64;
/// Comments within comments; none are in practice.
inline constexpr int kMailCommentDepthMax = 8;

struct MailField {
  std::string name;   // as it was written
  std::string value;  // unfolded: line ends are gone, the blanks that begin a line are there
};

class MailHeader {
 public:
  /// A line of the header without its end. False if it is none: no name with a colon behind it, and not the continuation of one.
  bool line(std::string_view text);
  /// What follows in the same line, if that comes in pieces.
  void more(std::string_view text);
  void clear();

  /// Without blanks around it; of the first that has this name, in any case; "" if there is none.
  std::string_view value(std::string_view name) const;
  bool has(std::string_view name) const;
  const std::vector<MailField>& fields() const { return fields_; }
  /// Something was left out.
  bool cut() const { return cut_; }

 private:
  std::vector<MailField> fields_;
  std::size_t bytes_ = 0;
  bool cut_ = false;
  bool skipping_ = false;  // the field at hand is left out
};

struct MailAddress {
  std::string name;     // what its words mean; "" if there is none
  std::string address;  // local@domain, without blanks and comments
};

/// A list of addresses (RFC 5322, 3.4), one more than kMailAddressesMax at most, which says that it was cut; the names of groups are left out, their members are there.
std::vector<MailAddress> mail_addresses(std::string_view value, Charsets& charsets);

/// A value such as `text/plain; charset="utf-8"; name*0*=utf-8''…`.
struct MailValue {
  std::string value;  // in lower case
  struct Parameter {
    std::string name;  // in lower case
    std::string value;
  };
  std::vector<Parameter> parameters;

  /// "" if there is none.
  std::string_view parameter(std::string_view name) const;
};
MailValue mail_value(std::string_view value, Charsets& charsets);

/// "Mon, 2 Mar 2026 08:15:30 +0100 (CET)" and what RFC 5322, 4.3 allows; kNoTime if it is none.
TimeUs mail_date(std::string_view text);

/// Without the comments in parentheses, which become a blank.
std::string without_comments(std::string_view value);
std::string_view trimmed(std::string_view text);
std::string lower_case(std::string_view text);
bool same_name(std::string_view one, std::string_view other);

}  // namespace tocsin
