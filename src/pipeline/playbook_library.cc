#include "pipeline/playbook_library.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/sha256.h"

namespace tocsin {

KnownPlaybook known_playbook(std::string file, std::string text, const cacao::CheckOptions& check) {
  KnownPlaybook known;
  known.file = std::move(file);
  const Sha256 hash = sha256(text);
  append_hex(known.sha256, hash, hash.size());
  cacao::Reading reading = cacao::read_playbook(text);
  if (!reading.playbook.workflow.empty()) std::ranges::move(cacao::check_playbook(reading.playbook, check), std::back_inserter(reading.mistakes));
  for (const cacao::Mistake& mistake : reading.mistakes) {
    if (mistake.kind != cacao::Mistake::Kind::kError || !known.wrong.empty()) continue;
    known.wrong = fmt::format("{}: {}", mistake.pointer.empty() ? "the playbook" : mistake.pointer, mistake.message);
  }
  known.playbook = std::move(reading.playbook);
  known.text = std::move(text);
  return known;
}

Status PlaybookLibrary::load(const std::function<void(const std::string&)>& say) {
  std::vector<std::shared_ptr<const KnownPlaybook>> known;
  std::size_t bytes = 0;
  for (const std::string& place : places_) {
    std::vector<Error> errors;
    for (const FoundFile& file : find_files(env_, place, errors)) {
      if (!file.path.ends_with(".json")) continue;
      Result<std::string> text = env_.read_file(file.path, cacao::kPlaybookBytesMax);
      if (!text) {
        say(text.error().message);
        continue;
      }
      bytes += text->size();
      if (known.size() == kPlaybooksMax || bytes > kPlaybooksBytesMax) return Error{Code::kLimit, fmt::format("{}: more than {} playbooks, or {} MiB of them", place, kPlaybooksMax, kPlaybooksBytesMax >> 20)};
      auto one = std::make_shared<const KnownPlaybook>(known_playbook(file.path, std::move(*text), check_));
      if (!one->wrong.empty()) say(fmt::format("{}: cannot be run: {}", file.path, one->wrong));
      known.push_back(std::move(one));
    }
    for (const Error& error : errors) say(error.message);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  known_ = std::move(known);
  return {};
}

Result<std::shared_ptr<const KnownPlaybook>> PlaybookLibrary::find(std::string_view id_or_name) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::shared_ptr<const KnownPlaybook> found;
  for (const auto& one : known_) {
    if (one->playbook.id != id_or_name && one->playbook.name != id_or_name) continue;
    if (found != nullptr) return Error{Code::kInvalid, fmt::format("{} and {} are both '{}': say which by its identifier, and keep one of each", found->file, one->file, id_or_name)};
    found = one;
  }
  if (found == nullptr) return Error{Code::kNotFound, fmt::format("there is no playbook '{}' (respond.playbooks in the settings)", id_or_name)};
  if (!found->wrong.empty()) return Error{Code::kInvalid, fmt::format("{}: cannot be run: {}", found->file, found->wrong)};
  return found;
}

std::vector<std::shared_ptr<const KnownPlaybook>> PlaybookLibrary::all() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return known_;
}

Result<std::vector<std::string>> PlaybookLibrary::called_by(const cacao::Playbook& playbook) const {
  std::vector<std::string> texts;
  std::set<std::string> seen = {playbook.id};
  std::vector<std::string> wanted;
  const auto want = [&](const cacao::Playbook& one) {
    for (const auto& [id, step] : one.workflow) {
      if (step.type == cacao::StepType::kPlaybookAction && seen.insert(step.playbook_id).second) wanted.push_back(step.playbook_id);
    }
  };
  want(playbook);
  while (!wanted.empty()) {
    const std::string id = std::move(wanted.back());
    wanted.pop_back();
    const std::shared_ptr<const KnownPlaybook> one = TRY(find(id));
    texts.push_back(one->text);
    want(one->playbook);
  }
  return texts;
}

}  // namespace tocsin
