#include "api/attachment_desk.h"

#include <fmt/format.h>

#include <algorithm>

namespace tocsin::api {

Status AttachmentDesk::check_room(const IncidentView::Made& made, const Incident& incident) {
  const std::vector<const CaseAttachment*> its = made.cases->attachments(incident.id);
  const auto there = static_cast<std::size_t>(std::ranges::count(its, 0, &CaseAttachment::removed));
  if (there >= kIncidentAttachmentsMax) return Error{Code::kLimit, fmt::format("the incident has {} attachments, which is the most; remove one first (`tocsin case detach`)", there)};
  std::uint64_t bytes = 0;
  for (const AttachedFile& file : TRY(CaseLog(state_).files())) bytes += file.bytes;
  if (bytes < kAttachmentsBytesMax) return {};
  return Error{Code::kLimit, fmt::format("all attachments together have {} MiB, and {} are the most; remove some of closed incidents first (`tocsin case detach`)", bytes >> 20, kAttachmentsBytesMax >> 20)};
}

Result<AttachmentWriter> AttachmentDesk::begin(std::string_view incident) {
  const std::shared_ptr<const IncidentView::Made> made = TRY(view_.now());
  const Incident& its = *TRY(incident_named(*made, incident));
  TRY(check_room(*made, its));
  return store_.begin();
}

Result<CaseAct> AttachmentDesk::add(Wanted wanted, AttachmentWriter& writer, const Actor& by) {
  CaseAct act{.kind = CaseActKind::kAttach, .incident = std::move(wanted.incident), .text = std::move(wanted.comment)};
  act.file = TRY(writer.finish());
  act.file.name = attachment_name(wanted.name);
  const AttachedFile file = act.file;
  Result<CaseAct> done = CaseDesk(view_, state_).act(std::move(act), by);
  if (!done) (void)store_.remove(file);
  return done;
}

Result<AttachmentDesk::Reading> AttachmentDesk::read(std::string_view incident, std::int64_t act, const Actor& by) {
  const std::shared_ptr<const IncidentView::Made> made = TRY(view_.now());
  const Incident& its = *TRY(incident_named(*made, incident));
  const AttachedFile& file = TRY(attachment_of(*made, its, act))->file;
  TRY(store_.check(file));
  Reading reading{file, TRY(store_.open(file))};
  TRY(CaseLog(state_).note_reading(its.id, act, by));
  return reading;
}

/// The act first: a crash behind it leaves content that nobody names, and the next start removes that.
Result<CaseAct> AttachmentDesk::remove(std::string_view incident, std::int64_t act, const std::string& why, const Actor& by) {
  const std::unique_ptr<FileLock> held = TRY(hold_removal(env_, data_));
  const std::shared_ptr<const IncidentView::Made> made = TRY(view_.now());
  const Incident& its = *TRY(incident_named(*made, incident));
  const AttachedFile file = TRY(attachment_of(*made, its, act))->file;
  const CaseAct done = TRY(CaseDesk(view_, state_).act({.kind = CaseActKind::kDetach, .incident = std::string(incident), .text = why, .of = act}, by));
  TRY(store_.remove(file));
  return done;
}

}  // namespace tocsin::api
