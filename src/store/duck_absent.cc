// What a program without DuckDB says where it would be needed.
#ifndef TOCSIN_DUCKDB
#include "store/duck_api.h"
#include "store/search.h"
#include "store/segment_writer.h"
#include "store/sequence_set.h"

namespace tocsin::store {

class Duck {};

Result<std::optional<Segment>> SegmentWriter::write(RowSource&, std::string_view) { return duck_available().error(); }
Result<Segment> SegmentWriter::merge(std::span<const Segment>) { return duck_available().error(); }
Status SegmentWriter::remove_strangers(const std::vector<Segment>&) { return {}; }

Result<std::unique_ptr<Search>> Search::open(const SearchLimits&, const SearchTarget&) { return duck_available().error(); }
Result<std::unique_ptr<Search>> Search::prepare(const SearchLimits&, const SearchTarget&) { return duck_available().error(); }
Status Search::begin(const std::vector<std::string>&, RowSource*, std::chrono::milliseconds) { return duck_available(); }
Search::~Search() = default;
Status Search::run(const CompiledQuery&, SearchVisitor&) { return duck_available(); }
Status Search::run_sql(const std::string&, SearchVisitor&) { return duck_available(); }
Status Search::export_query(const CompiledQuery&) { return duck_available(); }
Status Search::export_sql(const std::string&) { return duck_available(); }
Status Search::read_records(const RecordCondition&, RecordVisitor&) { return duck_available(); }
Result<std::uint64_t> Search::count_records(const RecordCondition&) { return duck_available().error(); }
void Search::cancel() {}

}  // namespace tocsin::store
#endif
