// POST /api/v1/search: a query or SQL over the stored events. As a page of JSON, bounded in rows and bytes; or as NDJSON, streamed as it is found, however
// much that is: its last line says whether it is whole. A client that goes ends its search.
#include <fmt/format.h>

#include <algorithm>

#include "api/answer.h"
#include "api/route.h"
#include "api/search_run.h"
#include "report/json_text.h"

namespace tocsin::api {

namespace {

/// Of a page; more is asked for as NDJSON.
constexpr std::size_t kPageRows = 1'000, kPageRowsMax = 10'000, kPageBytesMax = 8u << 20;
/// `tocsin search` exits so when the query is at fault.
constexpr int kExitQuery = 2;

struct Asked {
  SearchWanted wanted;
  bool ndjson = false;
  std::size_t rows = kPageRows;
};

Result<Asked> read_asked(const Call& call) {
  const Fields fields = TRY(Fields::read(call, {"query", "sql", "since", "until", "count", "seconds", "limit", "format"}));
  Asked asked;
  asked.wanted.query = TRY(fields.text_or_none("query", kQueryTextBytesMax));
  asked.wanted.sql = TRY(fields.text_or_none("sql", kQueryTextBytesMax));
  asked.wanted.since = TRY(fields.text_or_none("since", kNameBytesMax));
  asked.wanted.until = TRY(fields.text_or_none("until", kNameBytesMax));
  asked.wanted.seconds = TRY(fields.number_or("seconds", kSearchSeconds, 1, kSearchSecondsMax));
  asked.wanted.count = TRY(fields.number_or("count", 0, 0, 1)) == 1;
  asked.rows = TRY(fields.number_or("limit", kPageRows, 1, kPageRowsMax));
  const std::string format = TRY(fields.text_or_none("format", kNameBytesMax));
  asked.ndjson = format == "ndjson";
  if (!format.empty() && !asked.ndjson && format != "json") return Error{Code::kInvalid, "'format' is json or ndjson"};
  if (!asked.wanted.sql.empty() && (fields.has("query") || asked.wanted.count)) return Error{Code::kInvalid, "'sql' goes with neither 'query' nor 'count'"};
  for (const std::string* const text : {&asked.wanted.query, &asked.wanted.sql, &asked.wanted.since, &asked.wanted.until}) {
    if (text->find('\0') != std::string::npos) return Error{Code::kInvalid, "a query has no zero bytes"};
  }
  return asked;
}

/// What `tocsin search` said, without its name in front.
std::string complaints_of(const SearchEnd& end) {
  std::string text;
  if (end.exit == 0) return text;
  for (std::string_view rest = end.complaints; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.starts_with("tocsin: ")) line.remove_prefix(8);
    text.append(text.empty() ? "" : "\n").append(line);
  }
  if (text.empty() && end.exit < 0) text = "the search was ended";
  return text;
}

/// The query was at fault, and nothing was found before.
bool is_query_at_fault(const SearchEnd& end, bool any) { return !any && end.exit == kExitQuery; }

std::string end_line(std::uint64_t rows, const SearchEnd& end) {
  std::string line = fmt::format(R"({{"schema":"tocsin.search_end/1","rows":{},"complete":{},"trouble":)", rows, end.exit == 0);
  const std::string complaints = complaints_of(end);
  if (complaints.empty()) return line + "null}\n";
  append_string(line, complaints);
  return line + "}\n";
}

/// The run is shared with the worker that reads its next piece, which may end after the connection.
struct Reading {
  std::unique_ptr<SearchRun> run;
  std::uint64_t rows = 0;
  std::string first;  // read already, to know the status
  bool ended = false;
};

class NdjsonPieces : public HttpPieces {
 public:
  NdjsonPieces(std::shared_ptr<Reading> reading, SearchLane& lane) : reading_(std::move(reading)), lane_(lane) {}
  ~NdjsonPieces() override { stop(); }
  void next(Done done) override {
    const bool queued = lane_.work([reading = reading_, done] { done(next_piece(*reading)); });
    if (!queued) done({});
  }
  void stop() override { reading_->run->cancel(); }

 private:
  static std::string next_piece(Reading& reading) {
    if (reading.ended) return {};
    std::string piece = std::move(reading.first);
    reading.first.clear();
    if (piece.empty() && !reading.run->read(piece)) {
      reading.ended = true;
      return end_line(reading.rows, reading.run->finish());
    }
    reading.rows += static_cast<std::uint64_t>(std::ranges::count(piece, '\n'));
    return piece;
  }

  std::shared_ptr<Reading> reading_;
  SearchLane& lane_;
};

Result<HttpReply> as_ndjson(std::unique_ptr<SearchRun> run, Context& context) {
  auto reading = std::make_shared<Reading>();
  reading->run = std::move(run);
  if (!reading->run->read(reading->first)) {
    const SearchEnd end = reading->run->finish();
    if (is_query_at_fault(end, false)) return problem(400, "bad_query", complaints_of(end));
    reading->first = end_line(0, end);
    reading->ended = true;
    return HttpReply{.content_type = "application/x-ndjson", .body = reading->first, .headers = std::string(kSecurityHeaders)};
  }
  HttpReply reply{.content_type = "application/x-ndjson", .headers = std::string(kSecurityHeaders)};
  reply.pieces = std::make_unique<NdjsonPieces>(std::move(reading), context.searches);
  return reply;
}

Result<HttpReply> as_page(SearchRun& run, const Asked& asked) {
  std::string body = R"({"rows":[)", lines, piece;
  std::size_t rows = 0;
  bool cut = false;
  while (!cut && run.read(piece)) {
    lines += piece;
    std::size_t at = 0;
    for (std::size_t end = 0; !cut && (end = lines.find('\n', at)) != std::string::npos; at = end + 1) {
      cut = rows == asked.rows || body.size() + (end - at) > kPageBytesMax;
      if (cut) break;
      body.append(rows++ == 0 ? "" : ",").append(lines, at, end - at);
    }
    lines.erase(0, at);
    cut = cut || lines.size() > kPageBytesMax;
  }
  if (cut) run.cancel();
  const SearchEnd end = run.finish();
  if (is_query_at_fault(end, rows > 0)) return problem(400, "bad_query", complaints_of(end));
  body += fmt::format(R"(],"complete":{},"cut":{},"trouble":)", !cut && end.exit == 0, cut);
  const std::string complaints = cut ? std::string() : complaints_of(end);
  if (complaints.empty()) return json_answer(200, body + "null}");
  append_string(body, complaints);
  return json_answer(200, body + '}');
}

}  // namespace

Result<HttpReply> post_search(Call& call, Context& context) {
  const Asked asked = TRY(read_asked(call));
  std::unique_ptr<SearchRun> run = TRY(context.searches.start(asked.wanted, call.request.gone));
  TRY(context.accounts.note(call.actor(), "search", "", asked.wanted.sql.empty() ? asked.wanted.query : asked.wanted.sql));
  if (asked.ndjson) return as_ndjson(std::move(run), context);
  return as_page(*run, asked);
}

}  // namespace tocsin::api
