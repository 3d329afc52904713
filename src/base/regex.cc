#include "base/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <re2/re2.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <mutex>
#include <optional>

#include "base/text.h"

namespace tocsin {
namespace {

struct CodeFree {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
using Pcre2Code = std::unique_ptr<pcre2_code, CodeFree>;

struct ContextFree {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};

struct MatchDataFree {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

/// RE2 takes flags only in the pattern, but for case.
std::string re2_text(std::string_view pattern, RegexFlags flags) {
  std::string text;
  if (flags.multi_line) text += "(?m)";
  if (flags.dot_all) text += "(?s)";
  return text.append(pattern);
}

/// RE2's own view of a text: newer releases take absl's, which is not std::string_view everywhere.
bool search_re2(const re2::RE2& program, std::string_view text) {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), program);
}

std::unique_ptr<re2::RE2> compile_re2(std::string_view pattern, RegexFlags flags,
                                      re2::RE2::Options::Encoding encoding) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_case_sensitive(!flags.ignore_case);
  options.set_encoding(encoding);
  const std::string text = re2_text(pattern, flags);
  for (const std::int64_t memory : {kRegexMemoryBytes, kRegexMemoryBytesMax}) {
    options.set_max_mem(memory);
    auto compiled = std::make_unique<re2::RE2>(text, options);
    if (compiled->ok()) return compiled;
    if (compiled->error_code() != re2::RE2::ErrorPatternTooLarge) return nullptr;
  }
  return nullptr;
}

Pcre2Code compile_pcre2(std::string_view pattern, RegexFlags flags, bool utf, int& fault, std::size_t& fault_at) {
  std::uint32_t options = PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
  if (utf) options |= PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
  if (flags.ignore_case) options |= PCRE2_CASELESS;
  if (flags.multi_line) options |= PCRE2_MULTILINE;
  if (flags.dot_all) options |= PCRE2_DOTALL;
  return Pcre2Code(
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), options, &fault, &fault_at, nullptr));
}

const pcre2_match_context* match_context() {
  static const std::unique_ptr<pcre2_match_context, ContextFree> context = [] {
    std::unique_ptr<pcre2_match_context, ContextFree> made(pcre2_match_context_create(nullptr));
    pcre2_set_match_limit(made.get(), kRegexStepsMax);
    pcre2_set_depth_limit(made.get(), kRegexDepthMax);
    pcre2_set_heap_limit(made.get(), kRegexHeapKibMax);
    return made;
  }();
  return context.get();
}

/// Where PCRE2 puts the match: one per thread, kept, so that a search allocates nothing.
pcre2_match_data* match_data() {
  thread_local const std::unique_ptr<pcre2_match_data, MatchDataFree> data(pcre2_match_data_create(1, nullptr));
  return data.get();
}

enum class Found { kNo, kYes, kGaveUp };

Found search_pcre2(const pcre2_code* code, std::string_view text) {
  const int result = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, match_data(),
                                 const_cast<pcre2_match_context*>(match_context()));
  if (result >= 0) return Found::kYes;  // 0: more groups than the match data has room for
  return result == PCRE2_ERROR_NOMATCH ? Found::kNo : Found::kGaveUp;
}

/// N of ".{N}", ".{N,}", ".{N,M}", "(.){N,}", "(?:.){N,}": such a pattern asks for a line of N characters, and an automaton
/// that counts to a thousand takes milliseconds to say so.
std::optional<std::size_t> line_size_asked(std::string_view pattern) {
  for (const std::string_view head : {".{", "(.){", "(?:.){"}) {
    if (!pattern.starts_with(head)) continue;
    const std::string_view braces = pattern.substr(head.size());
    std::size_t least = 0;
    const char* const end = braces.data() + braces.size();
    const auto [after, error] = std::from_chars(braces.data(), end, least);
    if (error != std::errc() || least == 0) return std::nullopt;
    const std::string_view rest(after, static_cast<std::size_t>(end - after));
    const bool closed = rest == "}" || (rest.starts_with(',') && rest.find_first_not_of("0123456789", 1) == rest.size() - 1 &&
                                        rest.back() == '}');
    if (closed) return least;
  }
  return std::nullopt;
}

/// True if some line (the whole text, if `dot_all`) has at least `size` characters; bytes, where it is not UTF-8.
bool has_line_of(std::string_view text, std::size_t size, bool dot_all) {
  if (text.size() < size) return false;
  const bool utf8 = is_valid_utf8(text);
  std::size_t run = 0;
  for (const char c : text) {
    if (c == '\n' && !dot_all) {
      run = 0;
    } else if (!utf8 || (static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      if (++run == size) return true;
    }
  }
  return false;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
}

}  // namespace

struct Regex::Program {
  std::string pattern;
  RegexFlags flags;
  RegexLiterals literals;
  std::optional<std::size_t> line_size;
  std::unique_ptr<re2::RE2> linear;  // else `backtracking`
  Pcre2Code backtracking;
  // For values that are not valid UTF-8; most patterns never meet one.
  mutable std::once_flag bytes_once;
  mutable std::unique_ptr<re2::RE2> linear_bytes;
  mutable Pcre2Code backtracking_bytes;
  mutable std::atomic<std::uint64_t> limit_hits{0};

  bool search_bytes(std::string_view text) const {
    std::call_once(bytes_once, [&] {
      int fault = 0;
      std::size_t fault_at = 0;
      if (linear != nullptr) {
        linear_bytes = compile_re2(pattern, flags, re2::RE2::Options::EncodingLatin1);
      } else {
        backtracking_bytes = compile_pcre2(pattern, flags, false, fault, fault_at);
      }
    });
    if (linear_bytes != nullptr) return search_re2(*linear_bytes, text);
    return backtracking_bytes != nullptr && counted(search_pcre2(backtracking_bytes.get(), text));
  }

  bool counted(Found found) const {
    if (found == Found::kGaveUp) limit_hits.fetch_add(1, std::memory_order_relaxed);
    return found == Found::kYes;
  }
};

Regex::Regex(std::unique_ptr<Program> program) : program_(std::move(program)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(std::string_view pattern, RegexFlags flags, std::size_t* fault_at) {
  std::size_t at = 0;
  int fault = 0;
  if (fault_at == nullptr) fault_at = &at;
  *fault_at = 0;
  if (pattern.size() > kRegexBytesMax) {
    return Error{Code::kLimit, "the regular expression is longer than " + std::to_string(kRegexBytesMax) + " bytes"};
  }
  auto program = std::make_unique<Program>();
  program->linear = compile_re2(pattern, flags, re2::RE2::Options::EncodingUTF8);
  if (program->linear == nullptr) {
    program->backtracking = compile_pcre2(pattern, flags, true, fault, *fault_at);
    if (program->backtracking == nullptr) {
      *fault_at = std::min(*fault_at, pattern.size());
      PCRE2_UCHAR message[256] = {};
      pcre2_get_error_message(fault, message, sizeof message);
      return Error{Code::kInvalid, reinterpret_cast<const char*>(message)};
    }
  }
  program->pattern = pattern;
  program->flags = flags;
  program->line_size = line_size_asked(pattern);
  program->literals = tocsin::required_literals(pattern, flags);
  return Regex(std::move(program));
}

bool Regex::search(std::string_view text) const {
  if (program_->line_size) return has_line_of(text, *program_->line_size, program_->flags.dot_all);
  const bool found = program_->linear != nullptr ? search_re2(*program_->linear, text)
                                                 : program_->counted(search_pcre2(program_->backtracking.get(), text));
  if (found || is_ascii(text) || is_valid_utf8(text)) return found;
  return program_->search_bytes(text);
}

std::uint64_t Regex::limit_hits() const { return program_->limit_hits.load(std::memory_order_relaxed); }
const std::vector<std::string>& Regex::required_literals() const { return program_->literals.texts; }
bool Regex::literals_folded() const { return program_->literals.folded; }
bool Regex::is_linear() const { return program_->linear != nullptr; }

}  // namespace tocsin
