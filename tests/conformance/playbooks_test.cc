// The published example playbooks (cacao/examples of the shared data): which can be run, and what is wrong with the others.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/env.h"
#include "base/canonical_json.h"
#include "respond/cacao/check_playbook.h"
#include "respond/cacao/signature.h"

namespace tocsin::cacao {
namespace {

namespace fs = std::filesystem;

fs::path examples() {
  const char* const given = std::getenv("TOCSIN_DATA");
  return fs::path(given != nullptr ? given : TOCSIN_SOURCE_DIR "/../shared/data") / "cacao" / "examples";
}

/// Its errors, without the identifiers; SOARCA's agents are known, and secrets may stand there.
std::string errors_of(const std::string& name) {
  const Result<std::string> text = Env::system().read_file((examples() / name).string(), kPlaybookBytesMax);
  EXPECT_TRUE(text) << name;
  Reading reading = read_playbook(text.value_or(""));
  for (Mistake& mistake : check_playbook(reading.playbook, {.agent_types = {"soarca", "soarca-manual"}, .allow_inline_secrets = true})) reading.mistakes.push_back(std::move(mistake));
  std::string all;
  for (const Mistake& mistake : reading.mistakes) {
    if (mistake.kind == Mistake::Kind::kError) all += mistake.pointer + ": " + mistake.message + "\n";
  }
  return all;
}

TEST(Playbooks, PublishedExamplesAreTakenOrRefusedWithAReason) {
  if (!fs::exists(examples())) GTEST_SKIP() << "skipped: there is no shared data";
  for (const char* const good : {"basic-example-1.json", "spec-3.1-example.json", "soarca/ssh-playbook.json", "soarca/manual-playbook.json", "soarca/powershell-playbook.json"}) EXPECT_EQ(errors_of(good), "") << good;
  const auto says = [](const char* name, std::string_view words) { EXPECT_NE(errors_of(name).find(words), std::string::npos) << name << "\n" << errors_of(name); };
  says("locky-bart-mbc-examples.json", "nothing here runs commands of type 'ftp'");
  says("locky-bart-mbc-examples.json", "/targets/0: is defined nowhere in 'target_definitions'");
  says("soarca/fin-playbook.json", "/agent_definitions/soarca-fin-pong-f896bb3b-bb37-429e-8ece-2d4286cf326d: is no identifier (type--UUID)");
  says("soarca/openc2-playbook.json", "/commands/0/type: nothing here runs commands of type 'openc2'");
  says("soarca/http-playbook.json", "/commands/0/command: asks for 'get', which is no path");
}

/// The example of appendix A: its last step of signing, where another signature stands beside it, and its first of verifying.
TEST(Playbooks, ThePublishedSignatureHoldsUntilAByteIsChanged) {
  if (!fs::exists(examples())) GTEST_SKIP() << "skipped: there is no shared data";
  const std::string page = Env::system().read_file((examples() / "signature-example-rsa.md").string(), kPlaybookBytesMax).value();
  const auto json_behind = [&](std::string_view words) {
    const std::size_t begin = page.find("```json\n", page.find(words)) + 8;
    return page.substr(begin, page.find("```", begin) - begin);
  };
  const std::vector<SignatureVerdict> both = check_signatures(json_behind("### Step 7:"), {});
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0].why, "its 'value' is no base64url");
  EXPECT_EQ(both[1].kind, SignatureVerdict::Kind::kHolds) << both[1].why;
  EXPECT_EQ(both[1].form, SignatureForm::kHexDigits);
  const std::string signed_one = canonical_json(json_behind("## Verifying a Playbook")).value();
  ASSERT_EQ(check_signatures(signed_one, {}).at(0).kind, SignatureVerdict::Kind::kHolds);
  const std::size_t key_begin = page.find("-----BEGIN PUBLIC KEY-----");
  const std::vector<SignatureKey> keys = read_keys(page.substr(key_begin, page.find("```", key_begin) - key_begin)).value();
  const SignatureVerdict verdict = check_signatures(signed_one, {.trusted = keys, .now = *parse_time("2023-07-01T00:00:00Z")}).at(0);
  EXPECT_TRUE(verdict.is_trusted);
  EXPECT_EQ(verdict.why, "it was valid until 2023-06-10T17:39:31.319Z");
  for (std::size_t i = 0; i < signed_one.size(); ++i) {
    std::string changed = signed_one;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    for (const SignatureVerdict& one : check_signatures(changed, {})) EXPECT_NE(one.kind, SignatureVerdict::Kind::kHolds) << "byte " << i;
  }
}

}  // namespace
}  // namespace tocsin::cacao
