// What the service says to a process that searches for it (cli/searches.h), as bytes and back: the words of `tocsin search`, and what is to be read. The service
// chooses that: it has the catalogue, and has checked those files. Pure. Bytes that are no request are kInvalid.
//
//   const std::string bytes = write_search_request({.words = {"--count", "--", "user:ada"}, .choice = choice});
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pipeline/event_search.h"

namespace tocsin {

/// The program's first argument, for the process that makes those that search.
inline constexpr std::string_view kSearchesVerb = "searches";
/// Where that process has its socket to the service, and each of its children the one over which it gets its request and says how it ended.
inline constexpr int kSearchSocket = 3;
/// What goes along when the service wants a child: descriptors for its output, its complaints, and kSearchSocket.
inline constexpr std::size_t kSearchDescriptors = 3;
/// Words, and names of segments: a hundred thousand.
inline constexpr std::size_t kSearchRequestBytesMax = 16u << 20;

struct SearchRequest {
  std::vector<std::string> words;
  StoredChoice choice;

  bool operator==(const SearchRequest&) const = default;
};

std::string write_search_request(const SearchRequest& request);
Result<SearchRequest> read_search_request(std::string_view bytes);

}  // namespace tocsin
