// A fitted ConfidenceModel as a file, so that it need not be fitted again, and back: docs/formats/confidence-model.md. What is written reads back to a model that gives the same numbers, bit for bit. Pure;
// the text of a file is outside bytes and is checked.
//
//   const std::string text = model_text(model);
//   const ConfidenceModel again = TRY(read_model(text));
#pragma once

#include <string>
#include <string_view>

#include "analyze/confidence_model.h"

namespace tocsin::analyze {

/// A rule takes some hundred bytes, and there are kAlertRulesMax at most.
inline constexpr std::size_t kModelBytesMax = 64u << 20;
/// Any number of a model, either sign. Weights are below a hundred; beyond this, sums of them would end in no number.
inline constexpr double kModelNumberMax = 1e9;

std::string model_text(const ConfidenceModel& model);
/// kInvalid, kUnsupported (another version), kLimit.
Result<ConfidenceModel> read_model(std::string_view text);

}  // namespace tocsin::analyze
