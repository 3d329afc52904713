// The lists of the state that the audit log is fed from.
#include <fmt/format.h>

#include "base/sha256.h"
#include "pipeline/audit_feed.h"
#include "store/audit_outbox.h"

namespace tocsin {

namespace {

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

/// How it was known who it is, as far as the kind of name says it.
std::string auth_of(std::string_view who) {
  if (who.starts_with("user ")) return "session";
  if (who.starts_with("token ")) return "token";
  if (who.starts_with("command line")) return "local";
  return who == "provider" ? "oidc" : "";
}

class StateList : public AuditSource {
 public:
  StateList(State& state, AuditOutbox::List list) : outbox_(state), list_(list) {}
  Result<std::uint64_t> last() override { return static_cast<std::uint64_t>(TRY(outbox_.last(list_))); }
  Status skip_to(std::uint64_t position) override { return outbox_.skip_to(list_, static_cast<std::int64_t>(position)); }

 protected:
  AuditOutbox outbox_;
  const AuditOutbox::List list_;
};

class Deeds : public StateList {
 public:
  explicit Deeds(State& state) : StateList(state, AuditOutbox::List::kDeeds) {}
  std::string name() const override { return "accounts"; }
  Result<std::vector<audit::AuditEntry>> after(std::uint64_t position, std::size_t limit) override {
    std::vector<audit::AuditEntry> entries;
    for (AuditLine& line : TRY(outbox_.deeds_after(static_cast<std::int64_t>(position), limit))) {
      audit::AuditEntry& entry = entries.emplace_back();
      entry.time = line.time;
      entry.auth = auth_of(line.who);
      entry.who = std::move(line.who);
      entry.address = std::move(line.address);
      entry.what = std::move(line.action);
      entry.object = std::move(line.object);
      entry.detail = std::move(line.detail);
      entry.position = static_cast<std::uint64_t>(line.number);
    }
    return entries;
  }
};

class Segments : public StateList {
 public:
  explicit Segments(State& state) : StateList(state, AuditOutbox::List::kSegments) {}
  std::string name() const override { return "segments"; }
  Result<std::vector<audit::AuditEntry>> after(std::uint64_t position, std::size_t limit) override {
    std::vector<audit::AuditEntry> entries;
    for (SegmentChange& change : TRY(outbox_.segments_after(static_cast<std::int64_t>(position), limit))) {
      audit::AuditEntry& entry = entries.emplace_back();
      entry.who = "service";
      (change.what == "segment.remove" ? entry.from : entry.to) = hex(change.sha256);
      entry.what = std::move(change.what);
      entry.object = std::move(change.file);
      entry.detail = std::move(change.detail);
      entry.position = static_cast<std::uint64_t>(change.number);
    }
    return entries;
  }
  bool is_about_people() const override { return false; }
  Status taken(std::uint64_t position) override { return outbox_.forget_segments(static_cast<std::int64_t>(position)); }
};

}  // namespace

std::vector<std::unique_ptr<AuditSource>> state_audit_sources(State& state) {
  std::vector<std::unique_ptr<AuditSource>> sources;
  sources.push_back(std::make_unique<Deeds>(state));
  sources.push_back(std::make_unique<Segments>(state));
  return sources;
}

}  // namespace tocsin
