// tocsin case attach, attachments, attachment, detach: files of an incident. What they mean is docs/cases.md; the desk that does it api/attachment_desk.h.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "api/attachment_desk.h"
#include "base/descriptor.h"
#include "base/text.h"
#include "cli/case_options.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/verb.h"
#include "report/case_text.h"
#include "report/case_writer.h"

namespace tocsin::cli {

namespace {

constexpr const char* kIncidentHelp = "its id, or the first six characters of it and more";
constexpr const char* kNumberHelp = "its number, as `tocsin case attachments` has it";

/// The incidents of a data folder, and what opens its attachments.
struct AttachmentsHere {
  CaseHere here;
  std::optional<Attachments> store;
  std::optional<api::AttachmentDesk> desk;

  Status open_store(Env& env, const DataOptions& data) {
    Seal master(TRY(read_key(env, data.key_file())));
    store.emplace(env, data.folder(), TRY(attachments_key(env, data.folder(), master)));
    desk.emplace(env, data.folder(), *here.view, *here.state, *store);
    return {};
  }
  std::optional<int> open(Env& env, const DataOptions& data) {
    if (const auto exit = here.open(env, data)) return exit;
    if (const Status opened = open_store(env, data); !opened) return tell(opened.error());
    return std::nullopt;
  }
};

struct AttachArguments {
  DataOptions data;
  std::string incident, file, name, comment;
};

/// In pieces: a file may be larger than is wanted in memory.
Status fill(AttachmentWriter& writer, File& file) {
  std::string piece(kAttachmentFrameBytes, '\0');
  while (true) {
    const std::size_t got = TRY(file.read(piece.data(), piece.size()));
    if (got == 0) return {};
    TRY(writer.append(std::string_view(piece).substr(0, got)));
  }
}

Result<CaseAct> attach_file(Env& env, AttachmentsHere& at, const AttachArguments& args) {
  if (env.is_folder(args.file)) return Error{Code::kInvalid, args.file + ": is a folder; pack it into one file first"};
  const std::unique_ptr<File> file = TRY(env.open(args.file));
  AttachmentWriter writer = TRY(at.desk->begin(args.incident));
  const Status filled = fill(writer, *file);
  if (!filled) return Error{filled.error().code, args.file + ": " + filled.error().message};
  return at.desk->add({args.incident, args.name.empty() ? args.file : args.name, args.comment}, writer, at.here.by);
}

/// A new file that this user alone may read and nobody run; an error if something is there.
Result<Descriptor> create_quarantined(const std::string& path) {
  Descriptor descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (descriptor.get() >= 0) return descriptor;
  if (errno == EEXIST) return Error{Code::kInvalid, path + ": is there already; choose another name"};
  return Error{Code::kIo, path + ": cannot be made: " + std::strerror(errno)};
}

Status write_piece(const Descriptor& descriptor, const std::string& path, std::string_view piece) {
  while (!piece.empty()) {
    const ssize_t written = ::write(descriptor.get(), piece.data(), piece.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return Error{Code::kIo, path + ": cannot be written: " + std::strerror(errno)};
    piece.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status write_out(AttachmentReader& reader, const std::string& path) {
  const Descriptor descriptor = TRY(create_quarantined(path));
  const Status written = [&]() -> Status {
    for (std::string piece = TRY(reader.next()); !piece.empty(); piece = TRY(reader.next())) TRY(write_piece(descriptor, path, piece));
    return {};
  }();
  if (!written) (void)::unlink(path.c_str());
  return written;
}

void print_table(const std::vector<const CaseAttachment*>& all) {
  for (const CaseAttachment* const one : all) fmt::print("{}\n", case_attachment_line(*one));
}

}  // namespace

int case_attach(Env& env, const std::vector<std::string>& arguments) {
  AttachArguments args;
  CLI::App app("Attaches a file to an incident: its content is kept sealed, its hash, size and name with the case.", "tocsin case attach");
  app.add_option("INCIDENT", args.incident, kIncidentHelp)->required();
  app.add_option("FILE", args.file, "what to attach; it stays where it is")->required();
  app.add_option("--name", args.name, "what to call it, in place of the file's own name")->type_name("NAME");
  app.add_option("--comment", args.comment, "what it is, where it is from")->type_name("TEXT");
  args.data.add_to(app, true);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  AttachmentsHere at;
  if (const auto exit = at.open(env, args.data)) return *exit;
  const Result<CaseAct> done = attach_file(env, at, args);
  if (!done) return tell(done.error());
  fmt::print("incident {}: {} (attachment {})\n", done->incident.substr(0, 12), terminal_safe(case_act_words(*done)), done->number);
  return kDone;
}

int case_attachments(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  std::string incident, format;
  CLI::App app("Lists what is attached to an incident, and what was and is removed.", "tocsin case attachments");
  app.add_option("INCIDENT", incident, kIncidentHelp)->required();
  app.add_option("--format", format, "table (on a terminal) or ndjson (else)")->check(CLI::IsMember({"table", "ndjson"}));
  data.add_to(app, false);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  CaseHere here;
  if (const auto exit = here.open(env, data)) return *exit;
  const auto made = here.view->now();
  if (!made) return tell(made.error());
  const Result<const Incident*> found = api::incident_named(**made, incident);
  if (!found) return tell(found.error());
  const std::vector<const CaseAttachment*> all = (*made)->cases->attachments((*found)->id);
  if (format.empty() ? is_terminal(STDOUT_FILENO) : format == "table") {
    if (all.empty()) fmt::print("Nothing is attached to it (`tocsin case attach`).\n");
    return print_table(all), kDone;
  }
  for (const CaseAttachment* const one : all) {
    std::string line;
    append_case_attachment(line, *one);
    fmt::print("{}\n", line);
  }
  return kDone;
}

int case_attachment(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  std::string incident, output;
  std::int64_t number = 0;
  CLI::App app("Writes what was attached to an incident into a new file, which its owner alone may read and nobody run. The audit log says who did.", "tocsin case attachment");
  app.add_option("INCIDENT", incident, kIncidentHelp)->required();
  app.add_option("ATTACHMENT", number, kNumberHelp)->required()->check(CLI::PositiveNumber);
  app.add_option("--output", output, "the file to make; what is there is not replaced")->type_name("FILE")->required();
  data.add_to(app, true);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  AttachmentsHere at;
  if (const auto exit = at.open(env, data)) return *exit;
  if (env.exists(output)) return complain(output + ": is there already; choose another name"), kUsage;
  Result<api::AttachmentDesk::Reading> reading = at.desk->read(incident, number, at.here.by);
  if (!reading) return tell(reading.error());
  const Status written = write_out(reading->reader, output);
  if (!written) return tell(written.error());
  fmt::print("{}: {} bytes, SHA-256 {}\n", terminal_safe(output), reading->file.bytes, reading->file.sha256);
  return kDone;
}

int case_detach(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  std::string incident, why;
  std::int64_t number = 0;
  CLI::App app("Removes the content of what was attached to an incident, for good. Its name, its hash and who did what stay.", "tocsin case detach");
  app.add_option("INCIDENT", incident, kIncidentHelp)->required();
  app.add_option("ATTACHMENT", number, kNumberHelp)->required()->check(CLI::PositiveNumber);
  app.add_option("--why", why, "why, in your words")->type_name("TEXT");
  data.add_to(app, true);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  AttachmentsHere at;
  if (const auto exit = at.open(env, data)) return *exit;
  const Result<CaseAct> done = at.desk->remove(incident, number, why, at.here.by);
  if (!done) return tell(done.error());
  fmt::print("incident {}: {}\n", done->incident.substr(0, 12), case_act_words(*done));
  return kDone;
}

}  // namespace tocsin::cli
