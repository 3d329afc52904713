#include "report/confidence_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/json_text.h"
#include "report/page.h"

namespace tocsin {

namespace {

/// As short as it reads back the same.
void append_double(std::string& out, std::string_view name, double number) { fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name, number); }

constexpr std::size_t kBarWidth = 40;
constexpr std::size_t kCalibrationShown = 100;

}  // namespace

void append_probability(std::string& out, const Probability& probability) {
  append_double(out, "confidence", probability.mean);
  append_double(out, "low", probability.low);
  append_double(out, "high", probability.high);
}

void append_evidence(std::string& out, const std::vector<EvidenceItem>& evidence) {
  out.append(",\"evidence\":[");
  for (std::size_t i = 0; i < evidence.size(); ++i) {
    out.append(i > 0 ? ",{\"name\":" : "{\"name\":");
    append_string(out, evidence[i].name);
    append_double(out, "weight", evidence[i].weight);
    out.append(",\"why\":");
    append_string(out, evidence[i].why);
    out.push_back('}');
  }
  out.push_back(']');
}

void append_confidence_ndjson(std::string& out, std::string_view alert, const AlertConfidence& confidence, Verdict verdict, std::uint32_t calibration) {
  out.append("{\"schema\":\"tocsin.confidence/1\",\"alert\":");
  append_string(out, alert);
  append_probability(out, confidence.confidence);
  append_double(out, "score", confidence.score);
  append_double(out, "base", confidence.base);
  append_evidence(out, confidence.evidence);
  out.append(",\"missing\":[");
  for (std::size_t i = 0; i < confidence.missing.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_string(out, confidence.missing[i]);
  }
  fmt::format_to(std::back_inserter(out), "],\"verdict\":\"{}\",\"calibration\":{}}}\n", word_of(verdict), calibration);
}

/// A row for each bin: what was said on the mean, and the share that was so, as a bar.
std::string reliability_text(const ReliabilityTable& table) {
  std::string text;
  const auto add = [&]<class... Args>(fmt::format_string<Args...> format, Args&&... args) { fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...); };
  if (table.count == 0) {
    text = "No verdict on any of these alerts: nothing to compare with what was said of them.\n";
  } else {
    add("{} groups of alerts have a verdict, {} of them are attacks. What was said before the verdict:\n", grouped(table.count), grouped(table.attacks));
    add("  Brier score        {:.4f}   (who always says the share of attacks has {:.4f}; 0 is best)\n", table.brier, table.brier_of_share);
    add("  calibration error  {:.4f}   (ten bins; 0 is best)\n\n  said           groups  on the mean  was so\n", table.calibration_error);
  }
  for (std::size_t i = 0; i < table.bins.size() && table.count > 0; ++i) {
    const ReliabilityTable::Bin& bin = table.bins[i];
    const double width = 100 / static_cast<double>(table.bins.size()), from = width * static_cast<double>(i);
    if (bin.count == 0) {
      add("  {:>3.0f} to {:>3.0f} %  {:>8}\n", from, from + width, 0);
      continue;
    }
    const double said = bin.sum / static_cast<double>(bin.count), was = static_cast<double>(bin.attacks) / static_cast<double>(bin.count);
    std::string bar(static_cast<std::size_t>(was * kBarWidth), '#');
    bar.resize(kBarWidth, ' ');
    char& mark = bar[std::min(static_cast<std::size_t>(said * kBarWidth), kBarWidth - 1)];
    mark = mark == '#' ? '+' : '|';
    bar.resize(bar.find_last_not_of(' ') + 1);
    add("  {:>3.0f} to {:>3.0f} %  {:>8}  {:>9.1f} %  {:>4.0f} %  {}\n", from, from + width, grouped(bin.count), said * 100, was * 100, bar);
  }
  if (table.count > 0) text += "  (# what was so; | what was said)\n";
  add("\nCalibrations; * is used:\n");
  for (std::size_t i = 0; i < table.calibrations.size(); ++i) {
    const std::string& calibration = table.calibrations[i];
    add("{} {}\n", i == table.in_use ? '*' : ' ', calibration.size() > kCalibrationShown ? calibration.substr(0, kCalibrationShown) + "..." : calibration);
  }
  return text;
}

}  // namespace tocsin
