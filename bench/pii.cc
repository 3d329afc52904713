// How much personal data does the finder find in labelled texts, and how much of what it finds is none? Reads sentences.json, test_legal.jsonl and format_variations.jsonl (unpacked) from FOLDER
// (../shared/data/pii) and prints recall and precision by kind; beside it the recall without labels whose own check digits or ranges are wrong. A match is the same kind with at least half of both
// spans. With LOGs it prints, for each and for all together, MB a second of processor (the best of some rounds): with all kinds, with those that a policy for secrets, cards and identifiers asks for, and on the
// same bytes of the yardsticks: memchr for line ends, RE2::Set with twenty patterns of such data (which tells that a line has one, not where) and, where lines are JSON, simdjson's parser; with the finder's ratio to each; and what
// was found there. No figure fails. Rounds of all take turns, so that a load on the machine meets all alike.
//
//   bench/bench_pii FOLDER [LOG...]
#include <fmt/format.h>
#include <re2/set.h>
#include <simdjson.h>

#include <algorithm>
#include <boost/json.hpp>
#include <ctime>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "protect/redactor.h"

namespace {

namespace json = boost::json;
using tocsin::protect::Kind;

struct Span {
  std::size_t from = 0, to = 0;
  std::string kind;
  bool is_sound = true;
};

struct Score {
  std::size_t labels = 0, found = 0, sound = 0, sound_found = 0, right = 0, wrong = 0;
};

const std::map<std::string, std::string> kKinds = {
    {"CREDIT_CARD", "CARD"}, {"PHONE_NUMBER", "PHONE"}, {"EMAIL_ADDRESS", "EMAIL"}, {"EMAIL", "EMAIL"}, {"US_SSN", "NATIONAL_ID"}, {"SOCIAL_SECURITY_NUMBER", "NATIONAL_ID"},
    {"IBAN_CODE", "IBAN"}, {"IBAN", "IBAN"}, {"IP_ADDRESS", "IP"}, {"DATE_OF_BIRTH", "BIRTH_DATE"}, {"NATIONAL_ID_NUMBER", "NATIONAL_ID"}};
/// Of which the finder looks for those in known fields alone, or which have no kind of their own here.
const std::vector<std::string> kNotScored = {"PERSON", "PERSON_NAME", "DATE_TIME"};

std::string text_of(const json::value& value) { return {value.as_string().data(), value.as_string().size()}; }

bool luhn(const std::string& digits) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const int digit = digits[digits.size() - 1 - i] - '0', twice = 2 * digit;
    sum += i % 2 == 0 ? digit : twice / 10 + twice % 10;
  }
  return sum % 10 == 0;
}

bool mod97(const std::string& iban) {
  int rest = 0;
  for (const char c : iban.substr(4) + iban.substr(0, 4)) rest = c <= '9' ? (rest * 10 + c - '0') % 97 : (rest * 100 + c - 'A' + 10) % 97;
  return rest == 1;
}

/// By rules of this file's own, not those that are measured.
bool is_sound(const std::string& kind, const std::string& value) {
  std::string plain, digits;
  for (const char c : value) {
    if (c >= '0' && c <= '9') digits += c;
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')) plain += c;
  }
  if (kind == "CARD") return luhn(digits);
  if (kind == "IBAN") return plain.size() > 14 && mod97(plain);
  if (kind == "NATIONAL_ID") return digits.size() == 9 && digits.substr(0, 3) != "000" && digits.substr(0, 3) != "666" && digits[0] != '9' && digits.substr(3, 2) != "00" && digits.substr(5) != "0000";
  return true;
}

struct Document {
  std::string text;
  std::vector<Span> labels;
};

void add_label(Document& document, const json::value& type, const json::value& from, const json::value& to, const json::value& value) {
  std::string kind = text_of(type);
  if (const auto known = kKinds.find(kind); known != kKinds.end()) kind = known->second;
  document.labels.push_back({from.to_number<std::size_t>(), to.to_number<std::size_t>(), kind, is_sound(kind, text_of(value))});
}

/// Lines of a text are one line here, with the same places.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

std::vector<Document> read_sentences(const std::string& path) {
  std::vector<Document> documents;
  std::ifstream file(path);
  std::stringstream all;
  all << file.rdbuf();
  const json::value sentences = json::parse(all.str());
  for (const json::value& one : sentences.as_array()) {
    Document& document = documents.emplace_back(Document{one_line(text_of(one.at("full_text"))), {}});
    for (const json::value& span : one.at("spans").as_array()) add_label(document, span.at("entity_type"), span.at("start_position"), span.at("end_position"), span.at("entity_value"));
  }
  return documents;
}

std::vector<Document> read_lines(const std::string& path) {
  std::vector<Document> documents;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const json::value one = json::parse(line);
    Document& document = documents.emplace_back(Document{one_line(text_of(one.at("text"))), {}});
    for (const json::value& span : one.at("annotations").as_array()) add_label(document, span.at("entity_type"), span.at("start"), span.at("end"), span.at("text"));
  }
  return documents;
}

bool is_half(const Span& a, const Span& b) {
  const std::size_t from = std::max(a.from, b.from), to = std::min(a.to, b.to);
  return to > from && 2 * (to - from) >= a.to - a.from && 2 * (to - from) >= b.to - b.from;
}

std::vector<Span> spans_of(const std::string& text) {
  std::vector<Span> spans;
  std::string line;
  tocsin::protect::Redactor redactor{tocsin::protect::RedactorOptions{}};
  redactor.append_spans(text, line);
  const json::value all = json::parse(line);
  for (const json::value& span : all.at("spans").as_array()) spans.push_back({span.at("start").to_number<std::size_t>(), span.at("end").to_number<std::size_t>(), text_of(span.at("type"))});
  return spans;
}

void score(const Document& document, std::map<std::string, Score>& scores) {
  const std::vector<Span> spans = spans_of(document.text);
  std::vector<bool> used(spans.size());
  for (const Span& label : document.labels) {
    Score& of_kind = scores[label.kind];
    bool found = false;
    for (std::size_t i = 0; i < spans.size(); ++i) {
      if (spans[i].kind != label.kind || !is_half(spans[i], label)) continue;
      found = true;
      used[i] = true;
    }
    of_kind.labels += 1;
    of_kind.found += found;
    of_kind.sound += label.is_sound;
    of_kind.sound_found += label.is_sound && found;
  }
  for (std::size_t i = 0; i < spans.size(); ++i) ++(used[i] ? scores[spans[i].kind].right : scores[spans[i].kind].wrong);
}

void print_scores(const std::string& name, const std::vector<Document>& documents) {
  std::map<std::string, Score> scores;
  for (const Document& document : documents) score(document, scores);
  for (const auto& [kind, of_kind] : scores) {
    if (std::ranges::find(kNotScored, kind) != kNotScored.end()) continue;
    if (of_kind.right + of_kind.wrong == 0 && std::ranges::none_of(kKinds, [&kind = kind](const auto& known) { return known.second == kind; })) continue;
    const auto share = [](std::size_t part, std::size_t of) { return of == 0 ? std::string("-") : fmt::format("{:.3f}", static_cast<double>(part) / static_cast<double>(of)); };
    fmt::print("{:<18} {:<14} labels {:>5} recall {:>5}   sound {:>5} recall {:>5}   found {:>5} precision {:>5}\n", name, kind, of_kind.labels, share(of_kind.found, of_kind.labels), of_kind.sound,
               share(of_kind.sound_found, of_kind.sound), of_kind.right + of_kind.wrong, share(of_kind.right, of_kind.right + of_kind.wrong));
  }
}

constexpr std::size_t kLogBytesMax = 32u << 20, kRoundBytes = 16u << 20;  // of a log, and of the rounds over a short one
constexpr int kRoundsMin = 4;

struct Log {
  std::string path, text;
  std::vector<std::string_view> lines;
  bool is_json = false;
};

Log read_log(const std::string& path) {
  Log log{.path = path, .text = {}, .lines = {}, .is_json = false};
  log.text.reserve(kLogBytesMax + simdjson::SIMDJSON_PADDING);
  log.text.resize(kLogBytesMax);
  std::ifstream file(path);
  file.read(log.text.data(), static_cast<std::streamsize>(log.text.size()));
  log.text.resize(static_cast<std::size_t>(file.gcount()));
  for (std::size_t from = 0, to = 0; from < log.text.size(); from = to + 1) {
    to = std::min(log.text.find('\n', from), log.text.size());
    log.lines.push_back(std::string_view(log.text).substr(from, to - from));
  }
  log.is_json = log.text.starts_with('{');
  return log;
}

/// The least seconds of processor that each of `works` took in some rounds, of which each does all.
std::vector<double> seconds_of(const Log& log, const std::vector<std::function<void()>>& works) {
  std::vector<double> best(works.size(), 1e9);
  const int rounds = std::max(kRoundsMin, static_cast<int>(kRoundBytes / (log.text.size() + 1)));
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < works.size(); ++i) {
      const std::clock_t begin = std::clock();
      works[i]();
      best[i] = std::min(best[i], static_cast<double>(std::clock() - begin + 1) / CLOCKS_PER_SEC);
    }
  }
  return best;
}

struct Times {
  double bytes = 0, all = 0, few = 0, memchr = 0, set = 0, json_bytes = 0, json_all = 0, json = 0;

  void add(const Times& other) {
    bytes += other.bytes, all += other.all, few += other.few, memchr += other.memchr, set += other.set, json_bytes += other.json_bytes, json_all += other.json_all, json += other.json;
  }
  void print(const std::string& name) const {
    const double megabytes = bytes / 1e6;
    fmt::print("{} {:.1f} MB: all kinds {:.0f}, secrets and identifiers {:.0f}; memchr {:.0f} (x {:.3f}), RE2::Set {:.0f} (x {:.2f})", name, megabytes, megabytes / all, megabytes / few, megabytes / memchr, memchr / all,
               megabytes / set, set / all);
    if (json > 0) fmt::print(", simdjson {:.0f} (x {:.2f})", json_bytes / 1e6 / json, json / json_all);
  }
};

/// What a filter would look for that has nothing but expressions.
constexpr std::string_view kExpressions[] = {
    R"([\w.+-]+@[\w-]+\.[\w.-]+)", R"(\b\d{1,3}(?:\.\d{1,3}){3}\b)", R"(\b(?:\d[ -]?){13,19}\b)", R"(\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b)", R"(\b\d{3}-\d{2}-\d{4}\b)",
    R"(\+?\d{1,3}[ .-]?\(?\d{3}\)?[ .-]\d{3}[ .-]?\d{4})", R"(\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b)", R"((?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4})", R"((?i)password\s*[=:]\s*\S+)",
    R"((?i)passwd\s*[=:]\s*\S+)", R"((?i)secret\s*[=:]\s*\S+)", R"((?i)token\s*[=:]\s*\S+)", R"((?i)bearer\s+[\w.~+/-]+)", R"(\bAKIA[0-9A-Z]{16}\b)", R"(\bgh[pousr]_\w{36}\b)",
    R"(-----BEGIN [A-Z ]*PRIVATE KEY-----)", R"(\w+://[^\s:/]+:[^\s@]+@)", R"(\beyJ[\w-]+\.eyJ[\w-]+)", R"((?i)\blat(?:itude)?\s*[=:]\s*-?\d+\.\d+)", R"((?i)\bdob\s*[=:]\s*[\d/-]+)"};
static_assert(std::size(kExpressions) == 20);

void compile_set(re2::RE2::Set& set) {
  for (const std::string_view expression : kExpressions) set.Add({expression.data(), expression.size()}, nullptr);
  set.Compile();
}

Times print_log(const Log& log) {
  tocsin::protect::Finder all, few({Kind::kEmail, Kind::kPhone, Kind::kIp, Kind::kMac, Kind::kCoordinates, Kind::kBirthDate, Kind::kPerson});
  std::vector<tocsin::protect::Finding> found;
  std::map<std::string, std::size_t> counts;
  for (const std::string_view line : log.lines) {
    all.find(line, found);
    for (const tocsin::protect::Finding& one : found) ++counts[std::string(name_of(one.kind))];
  }
  Times times{.bytes = static_cast<double>(log.text.size())};
  const auto search = [&](tocsin::protect::Finder& finder) {
    for (const std::string_view line : log.lines) finder.find(line, found);
  };
  std::size_t seen = 0;
  re2::RE2::Set set(re2::RE2::Options(re2::RE2::Latin1), re2::RE2::UNANCHORED);
  compile_set(set);
  std::vector<int> hits;
  simdjson::dom::parser parser;
  std::vector<std::function<void()>> works = {[&] { search(all); }, [&] { search(few); },
                                              [&] {
                                                for (std::size_t at = log.text.find('\n'); at != std::string::npos; at = log.text.find('\n', at + 1)) ++seen;
                                              },
                                              [&] {
                                                for (const std::string_view line : log.lines) seen += set.Match({line.data(), line.size()}, &hits) ? 1u : 0u;
                                              }};
  if (log.is_json) {
    works.emplace_back([&] {
      for (const std::string_view line : log.lines) seen += parser.parse(line.data(), line.size(), false).error() == simdjson::SUCCESS;
    });
  }
  const std::vector<double> seconds = seconds_of(log, works);
  times.all = seconds[0];
  times.few = seconds[1];
  times.memchr = seconds[2];
  times.set = seconds[3];
  if (log.is_json) times.json_bytes = times.bytes, times.json_all = times.all, times.json = seconds[4];
  times.print(log.path);
  fmt::print("{}", seen == 0 ? "; no lines;" : ";");
  for (const auto& [kind, count] : counts) fmt::print(" {} {}", kind, count);
  fmt::print("\n");
  return times;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return fmt::print(stderr, "bench_pii FOLDER [LOG...]\n"), 2;
  const std::string folder = argv[1];
  print_scores("sentences", read_sentences(folder + "/sentences.json"));
  for (const char* const name : {"test_legal", "format_variations"}) print_scores(name, read_lines(folder + "/" + name + ".jsonl"));
  Times together;
  for (int i = 2; i < argc; ++i) together.add(print_log(read_log(argv[i])));
  if (argc > 3) together.print("together,");
  if (argc > 3) fmt::print("\n");
  return 0;
}
