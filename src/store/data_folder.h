// Where the service keeps what, and the one key that everything in it is sealed under.
//
//   <data>/journal/     docs/formats/journal.md
//   <data>/segments/    docs/formats/segments.md
//   <data>/state.db     SQLite: alerts, senders, segments, how far the stream and the store have come
//   <data>/tls/         docs/formats/tls.md
//   <data>/lock         held by the service that runs
//   <data>/readers      shared by searches; the service deletes nothing while one holds it
//
// The key is never in there: whoever copies the folder has noise. It is a file of its own, readable by its owner alone:
// `tocsin-key-1`, a space, 64 hexadecimal digits, a line feed.
#pragma once

#include <string>

#include "base/env.h"
#include "base/seal.h"

namespace tocsin {

struct DataFolder {
  std::string path;

  std::string journal() const { return path + "/journal"; }
  std::string segments() const { return path + "/segments"; }
  std::string state() const { return path + "/state.db"; }
  std::string tls() const { return path + "/tls"; }
  /// The certificate of our own authority, for whoever is to believe this service.
  std::string authority_pem() const { return tls() + "/ca.pem"; }
  std::string lock() const { return path + "/lock"; }
  std::string readers() const { return path + "/readers"; }
};

/// Makes the folder and those above it.
Status make_folders(Env& env, const std::string& path);

/// The key in `path`. kNotFound if there is no such file, kInvalid if it is no key.
Result<SealKey> read_key(Env& env, const std::string& path);
/// The same; a new one is made, and safe, if there is none.
Result<SealKey> read_or_make_key(Env& env, const std::string& path);

}  // namespace tocsin
