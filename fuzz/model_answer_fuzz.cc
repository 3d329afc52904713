// Any bytes as what a language model's endpoint answers: what is taken is a summary and a reason within their bounds, on one line each, and a suggestion that is a verdict or none.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "respond/executor/model_question.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  const Result<executor::ModelOpinion> opinion = executor::read_model_answer({reinterpret_cast<const char*>(data), size});
  if (!opinion) {
    TOCSIN_CHECK(!opinion.error().message.empty());
    return 0;
  }
  const auto is_tame = [](std::string_view text, std::size_t most) {
    for (const char c : text) TOCSIN_CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    TOCSIN_CHECK(text.size() <= most + 3);  // and the three bytes that say it was cut
  };
  is_tame(opinion->summary, executor::kModelSummaryBytesMax);
  is_tame(opinion->why, executor::kModelWhyBytesMax);
  TOCSIN_CHECK(!opinion->summary.empty());
  return 0;
}
