#include "report/audit/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/audit/audit_log.h"
#include "report/audit/checkpoints.h"

namespace tocsin::audit {

namespace {

/// A checkpoint whose signature is good, and the root that the leaves have there.
struct Head {
  Checkpoint checkpoint;
  std::string from;             // "the checkpoint kept elsewhere", "checkpoint 3"
  std::optional<Hash> root = {};  // nothing: there are not so many leaves
  bool fits() const { return root == checkpoint.root; }
};

class Verification {
 public:
  Verification(Env& env, const VerifyOptions& options) : env_(env), options_(options) {}

  Result<VerifyReport> run() {
    const std::vector<std::string> kept = TRY(read_checkpoints(env_, options_.folder));  // before the leaves, which may grow meanwhile
    TRY(choose_key());
    if (key_) open_heads(kept);
    TRY(read_leaves());
    judge_heads();
    TRY(check_index());
    tell_unproven();
    return std::move(report_);
  }

 private:
  Status choose_key() {
    const std::string path = options_.folder + "/" + std::string(kVerifierKeyName);
    const Result<std::string> text = env_.read_file(path, kNoteBytesMax);
    if (!text && text.error().code != Code::kNotFound) return text.error();
    if (!text) {
      report_.find(path + ": is missing");
      key_ = options_.key;
      return {};
    }
    const Result<VerifierKey> there = VerifierKey::parse(std::string_view(*text).substr(0, text->find('\n')));
    if (!there) report_.find(path + ": " + there.error().message);
    if (there && options_.key && *there != *options_.key) report_.find(fmt::format("{}: the log names another key than the one that was given: {}", path, there->text()));
    key_ = options_.key;
    if (!key_ && there) key_ = *there;
    return {};
  }

  void open_heads(const std::vector<std::string>& kept) {
    std::uint64_t before = 0;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const std::string from = fmt::format("checkpoint {} of those kept beside the log", i + 1);
      if (!add_head(kept[i], from)) continue;
      const std::uint64_t size = heads_.back().checkpoint.size;
      if (size < before) report_.find(fmt::format("{} is over {} leaves, the one before it over {}: the log was replaced by an older copy, or checkpoints were exchanged", from, size, before));
      before = std::max(before, size);
      ++report_.checkpoints;
    }
    for (const std::string& note : options_.elsewhere) report_.elsewhere += add_head(note, options_.elsewhere.size() == 1 ? "the checkpoint kept elsewhere" : "a checkpoint kept elsewhere") ? 1 : 0;
  }

  bool add_head(const std::string& note, const std::string& from) {
    Result<Checkpoint> checkpoint = open_checkpoint(note, *key_);
    if (!checkpoint) return report_.find(from + ": " + checkpoint.error().message), false;
    heads_.push_back({std::move(*checkpoint), from});
    return true;
  }

  Status read_leaves() {
    std::multimap<std::uint64_t, Head*> wanted;
    for (Head& head : heads_) wanted.emplace(head.checkpoint.size, &head);
    const auto tell_roots = [&] {
      const auto [begin, end] = wanted.equal_range(tree_.size());
      for (auto at = begin; at != end; ++at) at->second->root = tree_.root();
    };
    tell_roots();
    const std::vector<std::uint64_t> files = TRY(leaf_files(env_, options_.folder));
    for (std::size_t i = 0; i < files.size(); ++i) {
      const std::string path = options_.folder + "/" + leaf_file_name(files[i]);
      if (files[i] != tree_.size()) report_.find(fmt::format("{}: where leaf {} should be the next", path, tree_.size()));
      TRY(read_file(path, i + 1 == files.size(), tell_roots));
    }
    report_.leaves = tree_.size();
    report_.root = tree_.root();
    return {};
  }

  Status read_file(const std::string& path, bool is_last, const std::function<void()>& added) {
    LineReader lines = TRY(LineReader::open(env_, path));
    while (true) {
      const Result<std::optional<std::string_view>> line = lines.next();
      if (!line && line.error().code == Code::kInvalid) return report_.find(line.error().message), Status();
      if (!line) return line.error();
      if (!*line) break;
      look_at(**line);
      tree_.add(leaf_hash(**line));
      added();
    }
    if (lines.is_torn() && !is_last) report_.find(path + ": its last line has no end");
    return {};
  }

  void look_at(std::string_view line) {
    const std::uint64_t number = tree_.size();
    const Result<LeafFacts> facts = read_leaf(line);
    if (!facts) {
      report_.find(fmt::format("leaf {}: {}", number, facts.error().message));
      ++next_number_;
      return;
    }
    if (facts->number != next_number_) report_.find(fmt::format("leaf {} says that it is number {}: leaves were taken out, put in or exchanged", next_number_, facts->number));
    next_number_ = facts->number + 1;
    look_at_clock(*facts);
    look_at_source(*facts);
    options_.leaf(*facts);
  }

  void look_at_clock(const LeafFacts& facts) {
    if (report_.first_logged == kNoTime) report_.first_logged = facts.logged;
    if (report_.last_logged != kNoTime && facts.logged < report_.last_logged - kClockStepUs) {
      report_.find(fmt::format("leaf {} was written at {}, the one before it at {}: the clock was set back", facts.number, format_time(facts.logged), format_time(report_.last_logged)));
    }
    report_.last_logged = facts.logged;
  }

  void look_at_source(const LeafFacts& facts) {
    const auto [place, is_new] = sources_.try_emplace(facts.source, Source{facts.position, facts.time});
    if (is_new) {
      if (facts.position > 1) report_.unproven.push_back(fmt::format("The log has source {} from its number {} on: what was before is not in it.", facts.source, facts.position));
      return;
    }
    Source& source = place->second;
    if (facts.position <= source.position) report_.find(fmt::format("leaf {}: number {} of source {} comes behind its number {}", facts.number, facts.position, facts.source, source.position));
    if (facts.position > source.position + 1) report_.find(fmt::format("leaf {}: of source {} the numbers {} to {} are missing", facts.number, facts.source, source.position + 1, facts.position - 1));
    if (facts.time != kNoTime && source.time != kNoTime && facts.time < source.time - kDeedStepUs) {
      report_.find(fmt::format("leaf {} was done at {}, the one before it of source {} at {}: the clock was set back", facts.number, format_time(facts.time), facts.source, format_time(source.time)));
    }
    source = {facts.position, facts.time};
  }

  /// Every signed head has to be the root of the first leaves, and so the beginning of the log and of every later head.
  void judge_heads() {
    const Head* fitting = nullptr;
    for (const Head& head : heads_) {
      if (head.fits() && (fitting == nullptr || head.checkpoint.size > fitting->checkpoint.size)) fitting = &head;
    }
    if (fitting != nullptr) report_.signed_leaves = fitting->checkpoint.size;
    for (const Head& head : heads_) {
      const std::uint64_t size = head.checkpoint.size;
      if (!head.root) {
        report_.find(fmt::format("{} is over {} leaves, the log has {}: its end was cut off, or it was replaced by an older copy", head.from, size, report_.leaves));
      } else if (!head.fits() && fitting != nullptr && fitting->checkpoint.size >= size) {
        report_.find(fmt::format("two heads: {}, over {} leaves, is of another history than {}, over {}; one key has signed both", head.from, size, fitting->from, fitting->checkpoint.size));
      } else if (!head.fits()) {
        report_.find(fmt::format("{}: the first {} leaves are not those that were signed: some were changed, dropped, put in or exchanged", head.from, size));
      }
    }
    for (std::size_t i = 0; i < heads_.size(); ++i) {
      for (std::size_t j = 0; j < i && !heads_[i].root; ++j) {
        if (heads_[i].checkpoint.size != heads_[j].checkpoint.size || heads_[i].checkpoint.root == heads_[j].checkpoint.root) continue;
        report_.find(fmt::format("two heads: {} and {} are over {} leaves each, with different roots; one key has signed both", heads_[j].from, heads_[i].from, heads_[i].checkpoint.size));
      }
    }
  }

  /// What proofs are made from.
  Status check_index() {
    const Result<std::unique_ptr<AuditLog>> log = AuditLog::open_to_read(env_, options_.folder);
    if (!log && log.error().code == Code::kIo) return log.error();
    const Result<Hash> root = log ? (*log)->root_at(report_.leaves) : Result<Hash>(log.error());
    if (root && *root == report_.root) return {};
    if (report_.is_good()) report_.find(fmt::format("the index files are not those of the leaves{}; without them they are made anew", root ? "" : ": " + root.error().message));
    return {};
  }

  void tell_unproven() {
    std::vector<std::string>& unproven = report_.unproven;
    if (!options_.key) unproven.emplace_back("The key was taken from beside the log. Who could change the log could exchange the key and sign anew: give the one that you noted when the log began, with --key.");
    if (report_.elsewhere == 0) {
      unproven.emplace_back("No checkpoint that was kept elsewhere was given (--checkpoint). So it cannot be ruled out that the end of the log was cut off with its checkpoints, that all of it was replaced by an older"
                            " copy, or that who has the key has written another history and signed that.");
    } else {
      std::uint64_t size = 0;
      for (const Head& head : heads_) size = head.fits() && head.from.ends_with("elsewhere") ? std::max(size, head.checkpoint.size) : size;
      if (size < report_.leaves) unproven.push_back(fmt::format("The newest checkpoint kept elsewhere is over {} leaves. The {} behind them can have been changed by who has the key.", size, report_.leaves - size));
    }
    if (report_.signed_leaves < report_.leaves) unproven.push_back(fmt::format("The last {} leaves are not signed yet.", report_.leaves - report_.signed_leaves));
  }

  struct Source {
    std::uint64_t position = 0;
    TimeUs time = kNoTime;
  };

  Env& env_;
  const VerifyOptions& options_;
  VerifyReport report_;
  std::optional<VerifierKey> key_;
  std::vector<Head> heads_;
  Frontier tree_;
  std::uint64_t next_number_ = 0;
  std::map<std::string, Source, std::less<>> sources_;
};

}  // namespace

void VerifyReport::find(std::string finding) {
  if (findings.size() < kFindingsMax) {
    findings.push_back(std::move(finding));
  } else {
    ++more_findings;
  }
}

Result<VerifyReport> verify_log(Env& env, const VerifyOptions& options) { return Verification(env, options).run(); }

}  // namespace tocsin::audit
