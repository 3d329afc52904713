#include "analyze/model_file.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/text.h"

namespace tocsin::analyze {

namespace {

using Kind = ConfidenceModel::Kind;
using Element = simdjson::dom::element;

constexpr std::string_view kFormat = "tocsin.confidence-model/1";
constexpr std::string_view kKinds[] = {"prior", "record", "uncalibrated", "calibrated"};
/// Groups of one rule in one situation: no scenario has as many.
constexpr std::uint64_t kTallyMax = 1'000'000'000'000;

void append_number(std::string& out, double number) {
  char text[32];
  out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

void append_feature(std::string& out, Feature feature, const FeatureTerms& terms) {
  out += "{\"name\":\"";
  out += name_of(feature);
  out += "\",\"mean\":";
  append_number(out, terms.mean);
  out += ",\"deviation\":";
  append_number(out, terms.deviation);
  out += ",\"weights\":[";
  for (std::size_t i = 0; i < terms.weights.size(); ++i) {
    if (i > 0) out += ',';
    append_number(out, terms.weights[i]);
  }
  out += "]}";
}

void append_rule(std::string& out, std::string_view name, const SituationTallies& tallies) {
  out += "{\"name\":\"";
  append_json_escaped(out, name);
  out += "\",\"tallies\":[";
  for (std::size_t i = 0; i < kSituations; ++i) fmt::format_to(std::back_inserter(out), "{}{},{}", i > 0 ? "," : "", tallies[i].attacks, tallies[i].groups);
  out += "]}";
}

Error invalid(std::string what) { return {Code::kInvalid, "this is no model of tocsin score: " + std::move(what)}; }

Result<double> number(Element parent, std::string_view name) {
  double value = 0;
  if (parent[name].get(value) != simdjson::SUCCESS || !(std::abs(value) <= kModelNumberMax)) return invalid(fmt::format("'{}' is no number of it", name));
  return value;
}

Result<std::vector<FeatureTerms>> read_features(Element root) {
  simdjson::dom::array list;
  if (root["features"].get(list) != simdjson::SUCCESS || list.size() > kFeatures) return invalid("'features' is not a list of its features");
  std::vector<FeatureTerms> all;
  for (const Element element : list) {
    FeatureTerms& terms = all.emplace_back();
    std::string_view name;
    simdjson::dom::array weights;
    const bool is_next = element["name"].get(name) == simdjson::SUCCESS && name == name_of(static_cast<Feature>(all.size() - 1));
    if (!is_next || element["weights"].get(weights) != simdjson::SUCCESS) return invalid(fmt::format("feature {} is not '{}'", all.size(), name_of(static_cast<Feature>(all.size() - 1))));
    terms.mean = TRY(number(element, "mean"));
    terms.deviation = TRY(number(element, "deviation"));
    if (terms.deviation < 1e-10) return invalid("a deviation is not above 0");
    for (const Element weight : weights) {
      double value = 0;
      if (weight.get(value) != simdjson::SUCCESS || !(std::abs(value) <= kModelNumberMax)) return invalid("a weight is no number of it");
      terms.weights.push_back(value);
    }
  }
  return all;
}

Result<SituationTallies> read_tallies(Element rule) {
  simdjson::dom::array list;
  if (rule["tallies"].get(list) != simdjson::SUCCESS || list.size() != 2 * kSituations) return invalid(fmt::format("a rule has not {} tallies", 2 * kSituations));
  SituationTallies tallies;
  std::size_t at = 0;
  for (const Element element : list) {
    std::uint64_t value = 0;
    if (element.get(value) != simdjson::SUCCESS || value > kTallyMax) return invalid("a tally is no count");
    Tally& tally = tallies[at / 2];
    (at++ % 2 == 0 ? tally.attacks : tally.groups) = value;
  }
  if (std::ranges::any_of(tallies, [](const Tally& tally) { return tally.attacks > tally.groups; })) return invalid("a rule has more attacks than groups");
  return tallies;
}

Result<TrackRecord> read_rules(Element root) {
  simdjson::dom::array list;
  if (root["rules"].get(list) != simdjson::SUCCESS) return invalid("'rules' is not a list");
  TrackRecord record;
  for (const Element element : list) {
    std::string_view name;
    if (element["name"].get(name) != simdjson::SUCCESS) return invalid("a rule has no name");
    if (record.rules().size() >= kAlertRulesMax) return Error{Code::kLimit, fmt::format("the model has more than {} rules", kAlertRulesMax)};
    record.add(name, TRY(read_tallies(element)));
  }
  return record;
}

}  // namespace

std::string model_text(const ConfidenceModel& model) {
  std::string out = fmt::format("{{\"format\":\"{}\",\"kind\":\"{}\",\"intercept\":", kFormat, kKinds[static_cast<std::size_t>(model.kind())]);
  append_number(out, model.intercept());
  out += ",\"slope\":";
  append_number(out, model.platt().slope);
  out += ",\"offset\":";
  append_number(out, model.platt().offset);
  out += ",\n\"features\":[";
  for (std::size_t i = 0; i < model.terms().size(); ++i) {
    out += i > 0 ? ",\n" : "\n";
    append_feature(out, static_cast<Feature>(i), model.terms()[i]);
  }
  out += "],\n\"rules\":[";
  bool is_first = true;
  for (const auto& [name, tallies] : model.record().rules()) {
    out += std::exchange(is_first, false) ? "\n" : ",\n";
    append_rule(out, name, tallies);
  }
  out += "]}\n";
  return out;
}

Result<ConfidenceModel> read_model(std::string_view text) {
  if (text.size() > kModelBytesMax) return Error{Code::kLimit, fmt::format("the model has more than {} MB", kModelBytesMax >> 20)};
  simdjson::dom::parser parser;
  Element root;
  if (const auto error = parser.parse(text.data(), text.size()).get(root); error != simdjson::SUCCESS) return invalid(simdjson::error_message(error));
  std::string_view format, word;
  if (root["format"].get(format) != simdjson::SUCCESS) return invalid("it says no format");
  if (format != kFormat) return Error{Code::kUnsupported, fmt::format("the model is of the format '{}'; this program reads '{}'", format.substr(0, 60), kFormat)};
  const auto* const kind = root["kind"].get(word) == simdjson::SUCCESS ? std::ranges::find(kKinds, word) : std::end(kKinds);
  if (kind == std::end(kKinds)) return invalid("its kind is none");
  const double intercept = TRY(number(root, "intercept"));
  const Platt platt{TRY(number(root, "slope")), TRY(number(root, "offset"))};
  if (platt.slope < kPlattSlopeMin) return invalid("its slope would turn the order round");
  std::vector<FeatureTerms> features = TRY(read_features(root));
  return ConfidenceModel::of_parts(static_cast<Kind>(kind - std::begin(kKinds)), TRY(read_rules(root)), intercept, std::move(features), platt);
}

}  // namespace tocsin::analyze
