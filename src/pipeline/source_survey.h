// What inputs are: for each, of which formats its events are and which log sources, how many have a time, how many nobody understands, and what of them
// has no place in OCSF. No rule is asked. One thread; a survey reads one input after another, or all into one.
//
//   SourceSurvey survey(env, *taxonomy, {});            // a taxonomy with OCSF: without it nothing has a place
//   const SurveyedInput input = TRY(survey.read(file));
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/env.h"
#include "collect/block.h"
#include "collect/evtx.h"
#include "event/log_source.h"
#include "normalize/json.h"
#include "normalize/ocsf.h"
#include "normalize/taxonomy.h"
#include "normalize/text.h"
#include "pipeline/forced_format.h"

namespace tocsin {

/// Shown of one input; a folder of mixed text may hold every format there is.
inline constexpr std::size_t kSurveyedGroupsMax = 256;

/// Remembered of one format: far more than products have fields, and little beside what JSON with random keys could ask for. Past it new ones are counted
/// with their values and not named.
inline constexpr std::size_t kUnplacedPathsMax = 4'096;

/// A path that has no place in OCSF.
struct UnplacedField {
  std::string path;
  std::uint64_t events = 0;
};

/// Events of one input that are of one format.
struct SurveyedGroup {
  std::string format;                    // "" is unknown
  std::vector<std::string> log_sources;  // "product/category/service", of the class that most of them have
  std::uint64_t events = 0, with_time = 0, with_source = 0;
  std::uint64_t values = 0, unplaced = 0;  // of all events: what they say, and what of that has no place in OCSF
  std::vector<UnplacedField> fields;       // that have none, the commonest first
};

struct SurveyedInput {
  std::string source;
  std::uint64_t events = 0, damaged = 0;
  std::vector<SurveyedGroup> groups;  // the largest first

  std::uint64_t unknown() const;
};

class SourceSurvey {
 public:
  SourceSurvey(Env& env, const Taxonomy& taxonomy, std::vector<ForcedFormat> forced);

  /// Fails if the input cannot be opened; what of it cannot be read counts as damaged.
  Result<SurveyedInput> read(const FoundFile& file);
  /// Adds an input, or a part of one, to what `taken` tells.
  Status add(const FoundFile& file);
  void add(const Block& block, const std::string& source);
  /// What was added since the last time, as one input.
  SurveyedInput taken(const std::string& source);

 private:
  struct Group {
    std::uint64_t events = 0, with_time = 0, values = 0, unplaced = 0;
    std::map<LogSourceId, std::uint64_t> classes;
    std::unordered_map<PathId, std::uint64_t> unplaced_paths;
  };
  void count(Event& event, std::string_view format);
  void count_unplaced(const Event& event, Group& group);
  void read_json_lines(const Block& block);
  void read_json(std::string_view text);
  void read_evtx(const Block& block);
  SurveyedGroup group_of(const std::string& format, const Group& group) const;

  Env& env_;
  const std::vector<ForcedFormat> forced_;
  LogSourceTable log_sources_;
  PathTable paths_;
  JsonParser json_;
  TextParser text_;
  EvtxChunkReader evtx_;
  Classifier classifier_;
  OcsfProjector projector_;
  std::string projected_;  // scratch
  Event event_;
  std::map<std::string, Group, std::less<>> groups_;
  std::uint64_t damaged_ = 0;
};

}  // namespace tocsin
