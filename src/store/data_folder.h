// Where the service keeps what, and the one key that everything in it is sealed under.
//
//   <data>/journal/     docs/formats/journal.md
//   <data>/segments/    docs/formats/segments.md
//   <data>/state.db     SQLite: alerts, senders, segments, how far the stream and the store have come
//   <data>/tokens.db     SQLite: what stands for personal data, and for what it stands (docs/formats/tokens.md)
//   <data>/protection.key  of what tokens are made with, sealed
//   <data>/policy        what is done to personal data before it is kept (docs/protection.md), sealed
//   <data>/tls/         docs/formats/tls.md
//   <data>/attachments/ what people attached to incidents (docs/formats/attachments.md)
//   <data>/attachments.key  of the key under which that is sealed, sealed
//   <data>/runs/        the log of runs of playbooks, and their playbooks (docs/formats/runs.md)
//   <data>/runs.key     of the key under which runs that are over are sealed, sealed
//   <data>/audit/       the audit log (docs/formats/audit.md)
//   <data>/audit.key    what its checkpoints are signed with, sealed
//   <data>/lock         held by the service that runs
//   <data>/trouble      what is in the way of the service that runs, for `tocsin status`
//   <data>/control      the socket on which a service that runs is asked (pipeline/control_socket.h)
//   <data>/staging/     what a backup that is being made has gathered (docs/formats/backup.md)
//   <data>/alone        held by a backup or an exchange of the key: one of these at a time
//   <data>/readers      shared by searches; the service deletes nothing while one holds it
//
// The key is never in there: whoever copies the folder has noise. It is a file of its own, readable by its owner alone (docs/formats/key.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "base/seal.h"

namespace tocsin {

struct DataFolder {
  std::string path;

  std::string journal() const { return path + "/journal"; }
  std::string segments() const { return path + "/segments"; }
  std::string state() const { return path + "/state.db"; }
  /// It and what SQLite and its checks keep beside it.
  std::vector<std::string> state_files() const { return {state(), state() + "-wal", state() + "-shm", state() + "-mark"}; }
  std::string tokens() const { return path + "/tokens.db"; }
  std::string attachments() const { return path + "/attachments"; }
  std::string runs() const { return path + "/runs"; }
  std::string runs_journal() const { return runs() + "/journal"; }
  /// The files of the audit log (docs/formats/audit.md).
  std::string audit() const { return path + "/audit"; }
  std::string tls() const { return path + "/tls"; }
  /// The certificate of our own authority, for whoever is to believe this service.
  std::string authority_pem() const { return tls() + "/ca.pem"; }
  std::string lock() const { return path + "/lock"; }
  std::string trouble() const { return path + "/trouble"; }
  std::string control() const { return path + "/control"; }
  std::string alone() const { return path + "/alone"; }
  std::string readers() const { return path + "/readers"; }
};

/// Makes the folder and those above it.
Status make_folders(Env& env, const std::string& path);

/// The key in `path`, or both while they are being exchanged. kNotFound if there is no such file, kInvalid if it is no key.
Result<SealKeys> read_key(Env& env, const std::string& path);
/// A key on one line, as in its file; and back, kInvalid if it is none.
std::string key_text(const SealKey& key);
Result<SealKey> read_key_text(std::string_view text);
/// What a key is told by without being told: the first 16 digits of a digest of it.
std::string key_mark(const SealKey& key);
/// The same as read_key; a new one is made, and safe, if there is none.
Result<SealKeys> read_or_make_key(Env& env, const std::string& path);
/// Puts these there, safe, in place of what is there: a loss of power leaves the one or the other.
Status write_key(Env& env, const std::string& path, const SealKeys& keys);

}  // namespace tocsin
