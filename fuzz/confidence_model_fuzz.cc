// Any bytes as a model of tocsin score. What is taken is written and read to the same again, and gives every group a confidence that is a probability.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "analyze/model_file.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin::analyze;
  const auto model = read_model(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!model) return 0;
  const std::string text = model_text(*model);
  const auto again = read_model(text);
  TOCSIN_CHECK(again.has_value());
  TOCSIN_CHECK(model_text(*again) == text);
  for (const double value : {-3.0, 0.0, 0.7, 14.0}) {
    GroupFeatures features;
    features.fill(value);
    features[0] = model->record().evidence_of("A-Aud-Com4")[kRecent];
    const double confidence = model->confidence(features).confidence;
    TOCSIN_CHECK(confidence >= 0 && confidence <= 1);
  }
  return 0;
}
