#include "protect/fields.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::protect {
namespace {

std::string part(std::string_view text, const std::optional<Finding>& found) { return found ? std::string(text.substr(found->from, found->to - found->from)) : std::string(); }
/// Behind the first of these.
std::string person(std::string_view text) { return part(text, person_behind(text, text.find_first_of(":=>"))); }
std::string birth(std::string_view text) { return part(text, birth_date_at(text, text.find_first_of("0123456789"))); }

TEST(Person, IsTheValueOfItsField) {
  EXPECT_EQ(person(R"("displayName":"Ada Example","role":1)"), "Ada Example");
  EXPECT_EQ(person(R"(\"displayName\":\"Ada Example\",)"), "Ada Example");
  EXPECT_EQ(person("full_name=Ada Example role=admin"), "Ada Example");
  EXPECT_EQ(person("full_name='Ada B. Example'"), "Ada B. Example");
  EXPECT_EQ(person("last-name: O'Example; x"), "O'Example");
  EXPECT_EQ(person("<FirstName>Ada</FirstName>"), "Ada");
  EXPECT_EQ(person("userDisplayName=Ada"), "Ada");
  EXPECT_EQ(person("surname=\xC3\x85" "berg"), "\xC3\x85" "berg");
  EXPECT_EQ(person("Patient: Example, Ada"), "Example");
}

TEST(Person, IsNotTheValueOfEveryName) {
  for (const char* const text : {R"("name":"Ada Example")", R"("username":"ada")", "filename=Ada Example", "displayName=", R"("displayName":null)", R"("displayName":"SYSTEM")",
                                 "telefirstname=Ada", "displayName=svc01", "displayName=C:\\Ada", "hostname: ada", "impatient: Ada", "displayName: x", "fullName=ada@example.org"}) {
    EXPECT_EQ(person(text), "") << text;
  }
}

TEST(BirthDate, IsADayNearItsWord) {
  EXPECT_EQ(birth(R"("dob":"1976-12-20")"), "1976-12-20");
  EXPECT_EQ(birth("date_of_birth=20.12.1976 x"), "20.12.1976");
  EXPECT_EQ(birth("dob:1976-12-20"), "1976-12-20");
  EXPECT_EQ(birth("born on 12/20/1976,"), "12/20/1976");
  EXPECT_EQ(birth("born 20/12/76"), "20/12/76");
  EXPECT_EQ(birth("Born: 20th of December 1976."), "20th of December 1976");
  EXPECT_EQ(birth("born in Oslo on December 20, 1976"), "December 20, 1976");
  EXPECT_EQ(birth("Geburtsdatum 3.4.1981"), "3.4.1981");
  for (const char* const text : {"2026-11-29", "dob=1976-13-20", "dob=1976-12-32", "dob=31.31.1976", "dob=20.12.1776", "dob=20.12.2100", "dob=19761220-1", "reborn 1.2.3.4", "born 1976-12-20a", "dob: 12:30"}) {
    EXPECT_EQ(birth(text), "") << text;
  }
  EXPECT_EQ(birth("born" + std::string(40, ' ') + "1976-12-20"), "") << "too far";
}

}  // namespace
}  // namespace tocsin::protect
