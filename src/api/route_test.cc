#include "api/route.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>
#include <set>

namespace tocsin::api {
namespace {

namespace json = boost::json;

json::value contract() { return json::parse(*Env::system().read_file(TOCSIN_SOURCE_DIR "/api/openapi.json", 1u << 20)); }

std::string word(Role role) {
  if (role == Role::kTokensOnly) return "token";
  return role == Role::kNone ? "anyone" : std::string(kRoleWords[static_cast<std::size_t>(role) - 1]);
}

/// "METHOD path role scope parameters", as the table has it.
std::set<std::string> lines_of_table() {
  std::set<std::string> lines;
  for (const Route& route : routes()) {
    std::string line = std::string(route.method) + " " + std::string(route.path) + " " + word(route.need.role) + " " + std::string(route.need.scope) + " ";
    std::set<std::string> names;
    for (std::string_view rest = route.parameters; !rest.empty();) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      names.emplace(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    const bool more = names.erase("*") > 0;
    for (const std::string& name : names) line += name + " ";
    if (more) line += "* ";
    EXPECT_TRUE(lines.insert(line).second) << "twice: " << line;
  }
  return lines;
}

std::set<std::string> lines_of_contract() {
  std::set<std::string> lines;
  const json::value all = contract();
  for (const auto& path : all.at("paths").as_object()) {
    for (const auto& operation : path.value().as_object()) {
      std::string method(operation.key());
      for (char& c : method) c = static_cast<char>(std::toupper(c));
      const json::object& said = operation.value().as_object();
      const json::value& scope = said.at("x-scope");
      std::string line = method + " " + std::string(path.key()) + " " + std::string(said.at("x-role").as_string()) + " " +
                         (scope.is_null() ? std::string() : std::string(scope.as_string())) + " ";
      std::set<std::string> names;
      if (const json::value* parameters = said.if_contains("parameters")) {
        for (const json::value& one : parameters->as_array()) {
          if (one.at("in").as_string() == "query") names.emplace(one.at("name").as_string());
        }
      }
      for (const std::string& name : names) line += name + " ";
      if (said.contains("x-more-parameters")) line += "* ";
      lines.insert(line);
    }
  }
  return lines;
}

TEST(Routes, AreThoseOfTheContract) { EXPECT_EQ(lines_of_table(), lines_of_contract()); }

TEST(Routes, ScopesAreKnown) {
  std::set<std::string_view> used;
  for (const Route& route : routes()) {
    if (!route.need.scope.empty() && route.need.scope != kAnyScope) used.insert(route.need.scope);
    EXPECT_FALSE(route.need.role == Role::kNone && !route.need.scope.empty()) << route.path;
  }
  EXPECT_EQ(used, std::set<std::string_view>(kScopeWords.begin(), kScopeWords.end()));
}

TEST(Routes, AreFoundByMethodAndPath) {
  const Match one = find_route("GET", "/api/v1/alerts/ab%20c");
  ASSERT_NE(one.route, nullptr);
  EXPECT_EQ(one.route->path, "/api/v1/alerts/{id}");
  EXPECT_EQ(one.names, std::vector<std::string>{"ab c"});
  EXPECT_EQ(find_route("GET", "/api/v1/alerts/stream").route->path, "/api/v1/alerts/stream");
  EXPECT_EQ(find_route("HEAD", "/health").route->path, "/health");
  const Match other = find_route("PUT", "/api/v1/users");
  EXPECT_EQ(other.route, nullptr);
  EXPECT_EQ(other.allow, "GET, POST");
  EXPECT_EQ(find_route("DELETE", "/api/v1/alerts/stream").allow, "GET");
  for (const char* const path : {"/api/v1/alerts/", "/api/v1/alerts//explain", "/api/v1/users/%zz", "/health/", "//health", "/api/v1/users/a/b/c", "/api/v1/users/%0a"}) {
    EXPECT_EQ(find_route("GET", path).route, nullptr) << path;
    EXPECT_EQ(find_route("GET", path).allow, "") << path;
  }
}

TEST(Routes, ParametersAreThoseOfTheRouteOnce) {
  std::map<std::string, std::string> parameters;
  EXPECT_TRUE(read_parameters("", "level", parameters));
  EXPECT_TRUE(read_parameters("level=high&since=2026-11-29T08%3A00%3A00Z", "level since", parameters));
  EXPECT_EQ(parameters["since"], "2026-11-29T08:00:00Z");
  for (const char* const query : {"other=1", "level=a&level=b", "level=%zz", "leve=1", "&"}) {
    parameters.clear();
    EXPECT_FALSE(read_parameters(query, "level since", parameters)) << query;
  }
  parameters.clear();
  EXPECT_TRUE(read_parameters("level=high&other=1&other=2&%2A=3&text=a%0D%0Ab", "level *", parameters));
  EXPECT_EQ(parameters, (std::map<std::string, std::string>{{"level", "high"}})) << "others are passed over";
  for (const char* const query : {"level=a&level=b", "level=%0A", "%zz=1"}) {
    parameters.clear();
    EXPECT_FALSE(read_parameters(query, "level *", parameters)) << query;
  }
}

}  // namespace
}  // namespace tocsin::api
