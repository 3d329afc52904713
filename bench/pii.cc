// How much personal data does the finder find in labelled texts, and how much of what it finds is none? Reads sentences.json, test_legal.jsonl and format_variations.jsonl (unpacked) from FOLDER
// (../shared/data/pii) and prints recall and precision by kind; beside it the recall without labels whose own check digits or ranges are wrong. A match is the same kind with at least half of both
// spans. With LOGs it prints, for each, the processor's time and what was found there. No figure fails.
//
//   bench/bench_pii FOLDER [LOG...]
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <ctime>
#include <fstream>
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

void print_log(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  std::size_t bytes = 0;
  for (std::string line; bytes < (64u << 20) && std::getline(file, line); bytes += line.size() + 1) lines.push_back(line);
  tocsin::protect::Finder finder;
  std::vector<tocsin::protect::Finding> found;
  double best = 1e9;
  std::map<std::string, std::size_t> counts;
  for (int round = 0; round < 3; ++round) {
    counts.clear();
    const std::clock_t begin = std::clock();
    for (const std::string& line : lines) {
      finder.find(line, found);
      for (const tocsin::protect::Finding& one : found) ++counts[std::string(name_of(one.kind))];
    }
    best = std::min(best, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  }
  fmt::print("{} {:.1f} MB, {:.0f} MB a second of processor:", path, static_cast<double>(bytes) / 1e6, static_cast<double>(bytes) / 1e6 / best);
  for (const auto& [kind, count] : counts) fmt::print(" {} {}", kind, count);
  fmt::print("\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return fmt::print(stderr, "bench_pii FOLDER [LOG...]\n"), 2;
  const std::string folder = argv[1];
  print_scores("sentences", read_sentences(folder + "/sentences.json"));
  for (const char* const name : {"test_legal", "format_variations"}) print_scores(name, read_lines(folder + "/" + name + ".jsonl"));
  for (int i = 2; i < argc; ++i) print_log(argv[i]);
  return 0;
}
