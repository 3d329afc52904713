#include "cli/model_brief.h"

#include <gtest/gtest.h>

#include "respond/executor/model_question.h"

namespace tocsin::cli {
namespace {

Incident made_up() {
  Incident incident;
  incident.id = "0f0f0f0f0f0f";
  incident.hosts = {{"ws5.theshire.local", 2}};
  incident.accounts = {{"theshire\\pgustavo", 2}, {"al", 1}};
  incident.addresses = {{"192.0.2.7", 1}, {"2001:db8::7", 1}};
  incident.rules = {{"r1", "Whoami Execution", 2, 2, 0}};
  incident.alerts = {{"a1", "r1", "Whoami Execution", 1'700'000'000'000'000, 2, "ws5.theshire.local"}};
  incident.processes = {{"ws5.theshire.local", "1", "", R"(C:\Users\PGustavo\tool.exe)", R"(tool.exe --mail pgustavo@theshire.example --to 192.0.2.7 2001:db8::7 --of pgustavox al alarm password=hunter2hunter2)"}};
  return incident;
}

TEST(ModelBrief, HasNobodysName) {
  const std::string text = ModelBrief(made_up()).text();
  EXPECT_EQ(text.find("ws5"), std::string::npos) << text;
  EXPECT_EQ(text.find("192.0.2.7"), std::string::npos) << text;
  EXPECT_EQ(text.find("2001:db8"), std::string::npos) << text;
  EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
  EXPECT_EQ(text.find("theshire.example"), std::string::npos) << text;
  EXPECT_NE(text.find(R"(C:\Users\account-1\tool.exe on host-1)"), std::string::npos) << text;
  EXPECT_NE(text.find("--of pgustavox account-2 alarm"), std::string::npos) << "names are words of their own: " << text;
  EXPECT_NE(text.find("Whoami Execution (medium, 2 alerts)"), std::string::npos) << text;
}

TEST(ModelBrief, NamesArePutBack) {
  const ModelBrief brief(made_up());
  EXPECT_EQ(brief.with_names("Account-1 came to host-1 from address-2, and host-12 is nobody."), "theshire\\pgustavo came to ws5.theshire.local from 2001:db8::7, and host-12 is nobody.");
}

TEST(ModelBrief, IsNoLongerThanAModelIsAskedAbout) {
  Incident incident = made_up();
  incident.processes.resize(20, incident.processes.front());
  for (IncidentProcess& process : incident.processes) process.command_line = std::string(4'000, 'x');
  const std::string text = ModelBrief(incident).text();
  EXPECT_LE(text.size(), executor::kModelBriefBytesMax);
  EXPECT_GT(text.size(), executor::kModelBriefBytesMax / 2);
  EXPECT_TRUE(text.ends_with('\n'));
}

}  // namespace
}  // namespace tocsin::cli
