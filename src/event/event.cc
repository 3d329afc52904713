#include "event/event.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/text.h"

namespace tocsin {

namespace {

/// JSON allows many spellings of one number; rules compare text. An integral value below 2^53 becomes plain digits, any
/// other the shortest decimal that reads back as the same double.
void append_number(std::string& out, std::string_view token) {
  if (token.find_first_of(".eE") == std::string_view::npos && token != "-0") {
    out.append(token);
    return;
  }
  double number = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
  if (error != std::errc() || end != token.data() + token.size()) {
    out.append(token);
    return;
  }
  constexpr double kExact = 9007199254740992.0;
  if (number == std::trunc(number) && std::fabs(number) < kExact) {
    fmt::format_to(std::back_inserter(out), "{}", static_cast<long long>(number));
  } else {
    fmt::format_to(std::back_inserter(out), "{}", number);
  }
}

}  // namespace

void append_value_text(std::string& out, const Value& value) {
  switch (value.kind) {
    case ValueKind::kNull: return;
    case ValueKind::kText:
    case ValueKind::kBool: out.append(value.raw()); return;
    case ValueKind::kJsonText: append_json_unescaped(out, value.raw()); return;
    case ValueKind::kNumber: append_number(out, value.raw()); return;
  }
}

void append_value_json(std::string& out, const Value& value) {
  switch (value.kind) {
    case ValueKind::kNull: out.append("null"); return;
    case ValueKind::kBool:
    case ValueKind::kNumber: out.append(value.raw()); return;
    case ValueKind::kJsonText:
      out.push_back('"');
      out.append(value.raw());
      out.push_back('"');
      return;
    case ValueKind::kText:
      out.push_back('"');
      append_json_escaped(out, value.raw());
      out.push_back('"');
      return;
  }
}

}  // namespace tocsin
