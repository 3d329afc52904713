// Tokens that say themselves what they are. What is known of each: how it begins, of which characters the rest is, how many of them. Publishers document the beginnings so that leaks
// can be found; lengths are what they hand out today, with room where they have changed before.
#include <algorithm>
#include <iterator>

#include "protect/secret_hunt.h"
#include "protect/secret_text.h"

namespace tocsin::protect {
namespace {

bool is_base32_upper(char c) { return is_upper(c) || (c >= '2' && c <= '7'); }
bool is_upper_digit(char c) { return is_upper(c) || is_digit(c); }
bool is_word_char(char c) { return is_alnum(c) || c == '_'; }
bool is_url_char(char c) { return is_word_char(c) || c == '-'; }
bool is_dotted_url_char(char c) { return is_url_char(c) || c == '.'; }

struct Token {
  std::string_view begin;
  bool (*rest)(char);
  std::size_t least, most;  // characters behind `begin`
};

constexpr Token kTokens[] = {
    {"AKIA", is_base32_upper, 16, 16},
    {"ASIA", is_base32_upper, 16, 16},
    {"ghp_", is_alnum, 36, 255},
    {"gho_", is_alnum, 36, 255},
    {"ghu_", is_alnum, 36, 255},
    {"ghs_", is_alnum, 36, 255},
    {"ghr_", is_alnum, 36, 255},
    {"github_pat_", is_word_char, 40, 255},
    {"glpat-", is_dotted_url_char, 20, 300},
    {"gldt-", is_url_char, 20, 64},
    {"glrt-", is_dotted_url_char, 20, 300},
    {"xoxb-", is_url_char, 20, 255},
    {"xoxa-", is_url_char, 20, 255},
    {"xoxp-", is_url_char, 20, 255},
    {"xoxr-", is_url_char, 20, 255},
    {"xoxs-", is_url_char, 20, 255},
    {"xoxe.", is_dotted_url_char, 20, 255},
    {"xapp-", is_url_char, 20, 255},
    {"sk_live_", is_alnum, 16, 255},
    {"rk_live_", is_alnum, 16, 255},
    {"sk_test_", is_alnum, 16, 255},
    {"rk_test_", is_alnum, 16, 255},
    {"whsec_", is_base64, 24, 255},
    {"AIza", is_url_char, 35, 35},
    {"GOCSPX-", is_url_char, 24, 40},
    {"ya29.", is_dotted_url_char, 20, 2048},
    {"npm_", is_alnum, 36, 36},
    {"pypi-AgEI", is_url_char, 50, 1024},
    {"sk-ant-", is_url_char, 24, 255},
    {"sk-proj-", is_url_char, 24, 255},
    {"sk-svcacct-", is_url_char, 24, 255},
    {"sk-", is_alnum, 32, 255},
    {"hvs.", is_url_char, 24, 255},
    {"hvb.", is_url_char, 24, 255},
    {"dop_v1_", is_hex, 64, 64},
    {"doo_v1_", is_hex, 64, 64},
    {"dor_v1_", is_hex, 64, 64},
    {"shpat_", is_hex, 32, 32},
    {"shpca_", is_hex, 32, 32},
    {"shppa_", is_hex, 32, 32},
    {"shpss_", is_hex, 32, 32},
    {"AGE-SECRET-KEY-1", is_upper_digit, 58, 58},
    {"hf_", is_alnum, 34, 40},
};

bool begins_token(std::string_view text, std::size_t at) {
  const char before = char_before(text, at);
  if (at == 0 || !is_url_char(before)) return true;
  const char escape = char_at(text, at - 2);
  if (at >= 2 && escape == '\\' && (before == 'n' || before == 't' || before == 'r')) return true;
  return at >= 3 && text[at - 3] == '%' && is_hex(escape) && is_hex(before);
}

/// Three parts of at least these sizes with dots between.
bool is_three_parts(std::string_view text, std::size_t first, std::size_t second, std::size_t third) {
  const std::size_t a = text.find('.');
  const std::size_t b = a == kNowhere ? kNowhere : text.find('.', a + 1);
  if (b == kNowhere || text.find('.', b + 1) != kNowhere) return false;
  return a >= first && b - a - 1 >= second && text.size() - b - 1 >= third;
}

void hunt_sendgrid(Hunt& hunt, std::size_t at) {
  const std::size_t to = run_end(hunt.text(), at, is_dotted_url_char, 80);
  const std::string_view token = hunt.text().substr(at, to - at);
  if (token.size() >= 60 && is_three_parts(token, 2, 20, 40)) hunt.add(at, to);
}

}  // namespace

void hunt_token(Hunt& hunt, std::size_t at) {
  const std::string_view text = hunt.text();
  if (text.substr(at).starts_with("ub_p")) at -= std::min<std::size_t>(at, 4);  // gith|ub_pat_
  if (!begins_token(text, at)) return;
  const std::string_view here = text.substr(at);
  if (here.starts_with("SG.")) return hunt_sendgrid(hunt, at);
  for (const Token& token : kTokens) {
    if (!here.starts_with(token.begin)) continue;
    const std::size_t from = at + token.begin.size();
    const std::size_t to = run_end(text, from, token.rest, token.most + 1);
    const std::size_t size = to - from;
    const std::string_view rest = text.substr(from, size);
    const bool varies = rest.find_first_not_of(char_at(rest, 0)) != kNowhere && (token.most == token.least || any_of(rest, is_digit));
    if (size >= token.least && size <= token.most && varies) return hunt.add(at, to);
  }
}

void hunt_jwt(Hunt& hunt, std::size_t at) {
  const std::string_view text = hunt.text();
  if (at > 0 && is_dotted_url_char(text[at - 1]) && !begins_token(text, at)) return;
  constexpr std::size_t kJwtMax = 16384;
  if (at < hunt.read_to(Hunt::kJwtMark)) return;
  std::size_t to = run_end(text, at, is_dotted_url_char, kJwtMax);
  hunt.read_to(Hunt::kJwtMark) = to;
  while (to > at && text[to - 1] == '.') --to;
  const std::string_view token = text.substr(at, to - at);
  const std::size_t dot = token.find('.');
  if (dot == kNowhere || !token.substr(dot + 1).starts_with("eyJ")) return;
  if (is_three_parts(token, 10, 10, 10)) hunt.add(at, to);
}

void hunt_telegram(Hunt& hunt, std::size_t at) {
  const std::string_view text = hunt.text();
  std::size_t from = at;
  while (from > 0 && at - from < 11 && is_digit(text[from - 1])) --from;
  const std::size_t to = run_end(text, at + 1, is_url_char, 36);
  if (at - from < 8 || at - from > 10 || to - at - 1 != 35) return;
  const bool bot = from >= 3 && stands_folded(text, from - 3, "bot");
  if (bot || begins_token(text, from)) hunt.add(from, to);
}

void hunt_twilio(Hunt& hunt, std::size_t at) {
  constexpr std::size_t kNear = 160, kSize = 34;
  const std::string_view text = hunt.text();
  const std::size_t end = std::min(text.size(), at + kNear);
  for (std::size_t from = at; from + kSize <= end; ++from) {
    if (text[from] != 'S' || text[from + 1] != 'K' || (is_alnum(text[from - 1]))) continue;
    if (run_end(text, from + 2, is_hex, kSize) == from + kSize) return hunt.add(from, from + kSize);
  }
}

void hunt_webhook(Hunt& hunt, std::size_t at) {
  const std::string_view text = hunt.text();
  constexpr std::string_view kHooks[] = {
      "hooks.slack.com/services/", "hooks.slack.com/workflows/", "hooks.slack.com/triggers/", "hooks/", "hook.office.com/webhookb2/",
};
  const auto is_path_char = [](char c) { return is_url_char(c) || c == '/' || c == '@'; };
  for (const std::string_view hook : kHooks) {
    if (!stands_folded(text, at, hook)) continue;
    std::size_t from = at + hook.size();
    if (hook == "hooks/") {  // discord.com/api/webhooks/ID/x: without the ID
      if (at < 7 || !stands_folded(text, at - 7, "api/web")) continue;
      const std::size_t id = run_end(text, from, is_digit, 24);
      if (id - from < 16 || char_at(text, id) != '/') continue;
      from = id + 1;
    }
    const std::size_t to = run_end(text, from, is_path_char, 255);
    if (to - from >= 24 && any_of(text.substr(from, to - from), is_alnum)) return hunt.add(from, to);
  }
}

}  // namespace tocsin::protect
