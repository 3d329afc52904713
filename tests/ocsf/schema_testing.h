// The OCSF schema of $TOCSIN_DATA, read once for the tests of one program.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "schema_source.h"

namespace tocsin::ocsf {

inline constexpr const char* kNoSchema = "$TOCSIN_DATA (default ../shared/data) has no ocsf-schema";

inline std::string data_folder() {
  const char* const data = std::getenv("TOCSIN_DATA");
  return data != nullptr ? data : TOCSIN_SOURCE_DIR "/../shared/data";
}

/// nullptr where the schema is not there; a schema that does not read is a failure.
inline const SchemaSource* schema_source() {
  static const std::optional<SchemaSource> source = [] {
    std::string problem;
    std::optional<SchemaSource> read = SchemaSource::read(data_folder() + "/ocsf-schema", problem);
    EXPECT_TRUE(read || problem.ends_with("has no dictionary.json")) << problem;
    return read;
  }();
  return source ? &*source : nullptr;
}

}  // namespace tocsin::ocsf
