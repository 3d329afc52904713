#include "cli/playbook_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/sha256.h"
#include "base/text.h"

namespace tocsin::cli {

namespace {

Result<std::shared_ptr<const respond::Book>> read_book(const std::string& file, const std::string& text, const cacao::CheckOptions& options) {
  cacao::Reading reading = cacao::read_playbook(text);
  if (!reading.playbook.workflow.empty()) std::ranges::move(cacao::check_playbook(reading.playbook, options), std::back_inserter(reading.mistakes));
  for (const cacao::Mistake& mistake : reading.mistakes) {
    if (mistake.kind != cacao::Mistake::Kind::kError) continue;
    return Error{Code::kInvalid, fmt::format("{}: {}: {} (tocsin playbook check {} says all)", file, mistake.pointer.empty() ? "the playbook" : mistake.pointer, mistake.message, file)};
  }
  return respond::make_book(sha256(text), std::move(reading.playbook));
}

}  // namespace

void PlaybookFiles::add_to(CLI::App& app) {
  app.add_option("FILE", file, "a playbook, JSON")->required();
  app.add_option("--with", others, "a playbook that it calls")->type_name("FILE");
  app.add_option("--agent-type", agent_types, "a type of agents of your own, which something here stands for")->type_name("TYPE");
  app.add_flag("--allow-inline-secrets", allow_inline_secrets, "let a password or token stand in the playbook");
}

cacao::CheckOptions PlaybookFiles::check_options() const {
  cacao::CheckOptions options;
  options.agent_types.insert(agent_types.begin(), agent_types.end());
  options.allow_inline_secrets = allow_inline_secrets;
  return options;
}

Result<std::vector<std::shared_ptr<const respond::Book>>> PlaybookFiles::read(Env& env) {
  std::vector<std::shared_ptr<const respond::Book>> books;
  text = TRY(env.read_file(file, cacao::kPlaybookBytesMax));
  books.push_back(TRY(read_book(file, text, check_options())));
  for (const std::string& other : others) {
    other_texts.push_back(TRY(env.read_file(other, cacao::kPlaybookBytesMax)));
    books.push_back(TRY(read_book(other, other_texts.back(), check_options())));
  }
  TRY(respond::check_calls(books));
  return books;
}

}  // namespace tocsin::cli
