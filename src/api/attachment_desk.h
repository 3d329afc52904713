// Files of incidents, as people attach, read and remove them, from the console, the API or the command line: what may be attached, the act beside the content, the line in the audit log for who is given one.
// kInvalid, kNotFound or kLimit with words for whoever asked.
//
//   AttachmentDesk desk(view, state, store);
//   AttachmentWriter writer = TRY(desk.begin("1b3fd8"));
//   TRY(writer.append(bytes));
//   const CaseAct done = TRY(desk.add({.incident = "1b3fd8", .name = "invoice.exe"}, writer, by));
//
// Safe from any thread.
#pragma once

#include <string>
#include <string_view>

#include "api/case_desk.h"
#include "store/attachments.h"

namespace tocsin::api {

class AttachmentDesk {
 public:
  struct Wanted {
    std::string incident;
    std::string name;     // as it comes; kept as attachment_name() has it
    std::string comment = {};
  };

  /// All outlive it.
  AttachmentDesk(Env& env, const DataFolder& data, IncidentView& view, State& state, Attachments& store) : env_(env), data_(data), view_(view), state_(state), store_(store) {}

  /// To be filled; kLimit if the incident or all have enough already.
  Result<AttachmentWriter> begin(std::string_view incident);
  /// Writes the act down. `writer` has it all.
  Result<CaseAct> add(Wanted wanted, AttachmentWriter& writer, const Actor& by);
  struct Reading {
    AttachedFile file;
    AttachmentReader reader;
  };
  /// All of it was read and is what was attached; the audit log has who is given it.
  Result<Reading> read(std::string_view incident, std::int64_t act, const Actor& by);
  /// The act that says so; the content is gone then.
  Result<CaseAct> remove(std::string_view incident, std::int64_t act, const std::string& why, const Actor& by);

 private:
  Status check_room(const IncidentView::Made& made, const Incident& incident);

  Env& env_;
  const DataFolder data_;
  IncidentView& view_;
  State& state_;
  Attachments& store_;
};

}  // namespace tocsin::api
