// Writes segments (segment.h): rows in, one Parquet file out, which is whole and safe before it has its name. One thread.
//
//   SegmentWriter writer(env, data.segments());
//   TRY(state.store(TRY(writer.write(rows)), rows.end()));
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "store/event_rows.h"
#include "store/segment.h"

namespace tocsin::store {

class SegmentWriter {
 public:
  SegmentWriter(Env& env, std::string folder) : env_(env), folder_(std::move(folder)) {}

  /// Makes a file of all rows, safe when this returns; nothing if there are none. kIo if the disk fails: then there is no file. `group` is that of
  /// its rows (retention.h).
  Result<std::optional<Segment>> write(RowSource& rows, std::string_view group = {});
  /// One file of several, which must be neighbours in order; they stay. kInvalid, with its name, if one is not what was written.
  Result<Segment> merge(std::span<const Segment> parts);
  /// Deletes what a write that was not finished left behind, and files that `known` does not name.
  Status remove_strangers(const std::vector<Segment>& known);

 private:
  Status copy(RowSource& rows, const std::string& path);
  Status copy(std::span<const Segment> parts, const std::string& path);
  Status publish(const std::string& temporary, std::string_view group, Segment& segment);

  Env& env_;
  const std::string folder_;
};

}  // namespace tocsin::store
