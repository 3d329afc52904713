#include "pipeline/search_request.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

SearchRequest some_request() {
  SearchRequest request;
  request.words = {"--count", "--", std::string("a\nb\xff", 4), ""};
  request.choice = {1'000'000'000'000, {"2026-07-27/1.parquet", "2026-07-27/2.parquet"}, 17, {"one is left out"}};
  return request;
}

TEST(SearchRequest, ComesBackAsItWas) {
  for (const SearchRequest& request : {some_request(), SearchRequest()}) {
    const Result<SearchRequest> read = read_search_request(write_search_request(request));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, request);
  }
}

TEST(SearchRequest, HalfOfOneIsNone) {
  const std::string bytes = write_search_request(some_request());
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(read_search_request(std::string_view(bytes).substr(0, size))) << size;
  EXPECT_FALSE(read_search_request(bytes + "x"));
}

}  // namespace
}  // namespace tocsin
