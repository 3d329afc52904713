// The rows of a search as the command line writes them: a table for people, NDJSON, CSV. One thread.
//
//   auto rows = make_search_rows(SearchFormat::kNdjson, sink);
//   search.run(query, *rows);
//   rows->finish();
#pragma once

#include <memory>

#include "pipeline/output.h"
#include "store/search.h"

namespace tocsin::cli {

/// More on a terminal is read by nobody.
inline constexpr std::size_t kTableRowsMax = 1'000;

class SearchRows : public store::SearchVisitor {
 public:
  /// Writes what is left. Fails as the sink does.
  virtual Status finish() = 0;
  /// There were more rows than the table takes.
  virtual bool is_cut() const { return false; }
};

enum class SearchFormat : std::uint8_t {
  kTable,
  kNdjson,      // every column of every row
  kNdjsonSome,  // without those that are null
  kCsv,
  kNumber,      // the one value of the one row, alone
};

std::unique_ptr<SearchRows> make_search_rows(SearchFormat format, ByteSink& sink, std::size_t width);

}  // namespace tocsin::cli
