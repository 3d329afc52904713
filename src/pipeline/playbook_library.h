// The playbooks that a service knows: read from the files and folders that its settings name, checked, and found by their CACAO identifier or name. One that cannot be run is there too, with why. Safe from any thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/env.h"
#include "respond/cacao/check_playbook.h"

namespace tocsin {

/// A team has some dozens; and their texts together.
inline constexpr std::size_t kPlaybooksMax = 2'000;
inline constexpr std::size_t kPlaybooksBytesMax = 256u << 20;

struct KnownPlaybook {
  std::string file, text, sha256;
  cacao::Playbook playbook;
  std::string wrong;  // the first error, with its pointer; "": it can be run
};

class PlaybookLibrary {
 public:
  PlaybookLibrary(Env& env, std::vector<std::string> places, cacao::CheckOptions check) : env_(env), places_(std::move(places)), check_(std::move(check)) {}

  /// Reads them anew. What cannot be read is told and passed over; kLimit if there are too many, and those before stay.
  Status load(const std::function<void(const std::string&)>& say);
  /// By identifier, or by a name that only one has. kNotFound, kInvalid if it cannot be run.
  Result<std::shared_ptr<const KnownPlaybook>> find(std::string_view id_or_name) const;
  std::vector<std::shared_ptr<const KnownPlaybook>> all() const;
  /// The texts of those that this one calls, and those that these call. kNotFound if one is not there.
  Result<std::vector<std::string>> called_by(const cacao::Playbook& playbook) const;

 private:
  Env& env_;
  const std::vector<std::string> places_;
  const cacao::CheckOptions check_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const KnownPlaybook>> known_;  // guarded by mutex_; by file
};

/// Reads and checks one.
KnownPlaybook known_playbook(std::string file, std::string text, const cacao::CheckOptions& check);

}  // namespace tocsin
