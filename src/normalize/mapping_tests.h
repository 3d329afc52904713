// The tests that a mapping file brings along (docs/mappings.md, "Tests of a mapping"): a line or a JSON event, and what it must be. Used by
// `tocsin mappings test` and by the test of the shipped mappings. One thread; a mistake in a test is a failure with its place, and ends nothing.
//
//   const MappingTestRun run = run_mapping_tests(*taxonomy, {"doors.yml", text});
//   for (const std::string& failure : run.failures) …     // "doors.yml:12: field 'user': expected 'ann', is 'bob'", one for each test
#pragma once

#include <string>
#include <vector>

#include "normalize/taxonomy.h"

namespace tocsin {

struct MappingTestRun {
  std::size_t tests = 0;
  /// One for each test that failed; what differs is in it, a line each.
  std::vector<std::string> failures;
};

/// `text` was loaded into the taxonomy; a file without tests has none.
MappingTestRun run_mapping_tests(const Taxonomy& taxonomy, const MappingText& text);
/// The lines and events of its tests, as they stand there.
std::vector<std::string> mapping_test_records(const MappingText& text);

}  // namespace tocsin
