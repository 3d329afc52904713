#include "pipeline/search_request.h"

#include "base/bytes.h"

namespace tocsin {

namespace {

void append_texts(std::string& out, const std::vector<std::string>& texts) {
  append_number(out, static_cast<std::uint32_t>(texts.size()));
  for (const std::string& text : texts) {
    append_number(out, static_cast<std::uint32_t>(text.size()));
    out += text;
  }
}

std::vector<std::string> take_texts(ByteReader& in) {
  std::vector<std::string> texts;
  for (auto left = in.number<std::uint32_t>(); left > 0 && in.good(); --left) texts.emplace_back(in.take(in.number<std::uint32_t>()));
  return texts;
}

}  // namespace

std::string write_search_request(const SearchRequest& request) {
  std::string bytes;
  append_texts(bytes, request.words);
  append_number(bytes, request.choice.position);
  append_number(bytes, request.choice.segment_events);
  append_texts(bytes, request.choice.files);
  append_texts(bytes, request.choice.troubles);
  return bytes;
}

Result<SearchRequest> read_search_request(std::string_view bytes) {
  ByteReader in(bytes);
  SearchRequest request;
  request.words = take_texts(in);
  request.choice.position = in.number<std::uint64_t>();
  request.choice.segment_events = in.number<std::uint64_t>();
  request.choice.files = take_texts(in);
  request.choice.troubles = take_texts(in);
  if (!in.good() || !in.at_end()) return Error{Code::kInvalid, "no request for a search"};
  return request;
}

}  // namespace tocsin
