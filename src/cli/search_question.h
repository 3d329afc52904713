// A search of stored events as words ask for it: the options of `tocsin search`, what is asked by them, the answer. What a query is stands in
// docs/formats/query.md, how it is answered in pipeline/event_search.h. Used by the verb (search.cc) and by the processes that search for the service
// (searches.cc). Mistakes are said on standard error. One thread.
//
//   if (const auto exit = read_question(env, args, question)) return *exit;
//   const std::unique_ptr<SearchRows> rows = question.rows_for(args, sink);
//   leave(answer(args, question, *search, *rows));
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/search_rows.h"
#include "enrich/enricher.h"
#include "pipeline/engine.h"
#include "pipeline/event_search.h"

namespace tocsin::cli {

struct SearchArguments {
  DataOptions data;
  std::string query, sql, since, until, format, output;
  bool count = false;
  std::uint64_t memory_mb = 512, seconds = 600;
  unsigned threads = 2;
  std::vector<std::string> mappings = {};
};

struct SearchQuestion {
  store::Query query;
  std::optional<TimeUs> since, until;
  std::unique_ptr<Engine> engine;  // where events are asked for as OCSF or ECS
  std::shared_ptr<const enrich::Enricher> enricher;  // of these events; nullptr: nothing is looked up

  /// As the arguments want them; a table has columns of its own choice where the query names none.
  std::unique_ptr<SearchRows> rows_for(const SearchArguments& args, ByteSink& sink);
};

void describe_search(CLI::App& app, SearchArguments& args);
/// What to exit with, if the arguments ask for nothing that can be asked.
std::optional<int> read_question(Env& env, const SearchArguments& args, SearchQuestion& question);
/// What to exit with.
int answer(const SearchArguments& args, const SearchQuestion& question, EventSearch& search, SearchRows& rows);
/// The same where the search writes the file itself.
int export_answer(const SearchArguments& args, const SearchQuestion& question, EventSearch& search, UnfinishedFile& file);
/// Ends the process as it is: taking a DuckDB apart takes longer than many a search.
[[noreturn]] void leave(int exit);

}  // namespace tocsin::cli
