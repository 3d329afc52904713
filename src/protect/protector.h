// A record as it may be kept: what the policy says of its fields, and of what is found in its text, is done to its bytes; all others stay as they came, and what was JSON stays JSON. An event
// is looked at as detection saw it, before anything is replaced. What a value became is also put where a free text of the same event mentions it (Policy::mentions).
//
// One thread, one PathTable: that of the parser whose events it is given. Nothing fails: what cannot be replaced as wished is masked. Warm, it allocates nothing.
//
//   Protector protector(policy, tokens, paths, log_sources);
//   if (protector.protect({raw, parsed, shift, is_json}, event, "bulk/web", out)) keep(out); else keep(raw);
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.h"
#include "event/log_source.h"
#include "event/path_table.h"
#include "event/tokens.h"
#include "protect/finder.h"
#include "protect/policy.h"
#include "protect/replacer.h"

namespace tocsin::protect {

/// A record, and the bytes that were parsed: they stand in it from `shift` on.
struct RecordText {
  std::string_view raw, parsed;
  std::size_t shift = 0;
  bool is_json = false;
};

/// Pairs of sender and log source for which it is remembered what the policy says; beyond, all are forgotten.
inline constexpr std::size_t kPolicyLanesMax = 256;
/// Of one record.
inline constexpr std::size_t kMentionedMax = 32;
/// A shorter name is a word of any text.
inline constexpr std::size_t kMentionBytesMin = 3;

class Protector {
 public:
  /// All outlive it.
  Protector(const Policy& policy, Tokens& tokens, const Naming& naming, const PathTable& paths, const LogSourceTable& log_sources);
  ~Protector();

  bool protect(const RecordText& record, const Event& event, std::string_view source, std::string& out);

  /// The same of single values of one event, as an alert shows them: each call appends what may be shown. What an entity became is put where a value behind it mentions it.
  void begin_texts() { mentions_ = 0; }
  void append_value(std::string_view field, std::string_view value, std::string_view source, LogSourceId log_source, std::string& out);
  void append_entity(EntityType entity, std::string_view value, std::string_view source, LogSourceId log_source, std::string& out);

  /// Values that were to be replaced and stand in the record otherwise than the parser reads them.
  std::uint64_t unplaced() const { return unplaced_; }

 private:
  struct Lane;
  struct Edit {
    std::size_t from = 0, to = 0;
    std::size_t text = 0, size = 0;  // in texts_
    int rank = 0;                    // of two that overlap the lower counts
  };
  struct Mention {
    std::string core, text;
  };
  Lane& lane(std::string_view source, LogSourceId log_source);
  int rule_of_path(Lane& lane, PathId path);
  bool is_mention(PathId path);
  void look_at_fields(const RecordText& record, const Event& event, Lane& lane);
  void look_at_value(const RecordText& record, const Value& value, const PolicyRule& rule, EntityType entity);
  void mention(EntityType entity, std::string_view value, std::string_view replaced);
  void append_text(std::string_view value, Lane& lane, std::string& out);
  void place_elsewhere(const RecordText& record, std::string_view value, std::string_view text);
  void look_at_mentions(const RecordText& record, const Event& event);
  void find_mentions(const RecordText& record, std::size_t from, std::size_t to);
  std::string_view without_tabs(std::string_view raw);
  void look_at_findings(const RecordText& record, Lane& lane);
  void add_edit(std::size_t from, std::size_t to, std::string_view text, int rank);
  void apply(std::string_view raw, std::string& out);
  std::string_view text_of(const Value& value);

  const Policy& policy_;
  const Naming& naming_;
  const PathTable& paths_;
  const LogSourceTable& log_sources_;
  Replacer replacer_;
  std::unique_ptr<Finder> finder_;  // of the kinds that some rule is about; nullptr: there is none
  std::map<std::string, std::unique_ptr<Lane>, std::less<>> lanes_;  // by sender and log source
  std::vector<std::uint8_t> mentions_by_path_;  // 0 not known, 1 no, 2 yes
  std::vector<Edit> edits_;
  std::vector<std::pair<std::size_t, std::size_t>> kept_;  // where a rule says that the value stays, whatever is found in it
  std::vector<Mention> mentioned_;
  std::size_t mentions_ = 0;  // in use of mentioned_
  std::vector<Finding> found_;
  std::string texts_, scratch_, escaped_, value_, spaced_;
  std::uint64_t unplaced_ = 0;
};

}  // namespace tocsin::protect
