// One question to a language model behind an OpenAI-compatible endpoint (POST …/chat/completions): a brief of an incident, protected already, goes out; a summary and a suggested verdict come back. What comes back is words for a person:
// bounded, without control characters, and nothing acts on it. Plain HTTP to this machine alone, HTTPS elsewhere (oidc/url.h).
//
//   const ModelOpinion opinion = TRY(ask_model(*fetch, {.url = "http://127.0.0.1:11434/v1", .model = "llama3.2"}, brief));
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "event/verdict.h"
#include "oidc/https_fetch.h"

namespace tocsin::executor {

/// A page of text each; models that run on one's own machine read some thousand words.
inline constexpr std::size_t kModelBriefBytesMax = 24 << 10, kModelAnswerBytesMax = 256 << 10;
/// What is kept of what a model says.
inline constexpr std::size_t kModelSummaryBytesMax = 4'000, kModelWhyBytesMax = 1'000;
/// On a small machine a page takes minutes.
inline constexpr int kModelMs = 300'000;

struct ModelEndpoint {
  std::string url;       // up to the version: "http://127.0.0.1:11434/v1"
  std::string model;
  std::string key = {};  // sent as a bearer token; "": none
};

struct ModelOpinion {
  std::string summary;
  Verdict suggested = Verdict::kNone;  // kNone: it cannot say
  std::string why;
};

/// The body of the question: JSON.
std::string model_request(std::string_view model, std::string_view brief);
/// The body of the answer. kInvalid, with what is wrong, if it is not what was asked for.
Result<ModelOpinion> read_model_answer(std::string_view body);
/// kInvalid for an address that is not safe or a refusal of the endpoint, kIo if it cannot be reached.
Result<ModelOpinion> ask_model(oidc::Fetch& fetch, const ModelEndpoint& endpoint, std::string_view brief);

}  // namespace tocsin::executor
