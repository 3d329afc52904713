// A pattern and a text (after the first line break): what compiles is searched, in both engines' terms, and where it is
// found, the literal that every match must contain stands in the text. The first byte is the flags.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "base/regex.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::size_t cut = input.find('\n');
  const std::string_view pattern = input.substr(0, cut);
  const std::string_view text = cut == std::string_view::npos ? std::string_view() : input.substr(cut + 1);
  const RegexFlags flags{(data[0] & 1) != 0, (data[0] & 2) != 0, (data[0] & 4) != 0};
  std::size_t fault_at = 0;
  const auto regex = Regex::compile(pattern, flags, &fault_at);
  TOCSIN_CHECK(fault_at <= pattern.size());
  if (!regex) return 0;
  const bool found = regex->search(text);
  TOCSIN_CHECK(found == regex->search(text) || regex->limit_hits() > 0);
  if (!found) return 0;
  const std::string subject = regex->literals_folded() ? folded(text) : std::string(text);
  for (const std::string& literal : regex->required_literals()) TOCSIN_CHECK(subject.find(literal) != std::string::npos);
  return 0;
}
