// A condition of a playbook (first line), and values of five variables (a line each): what parses is checked and answered, the same way twice, and whatever is said names a column.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "respond/cacao/condition.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  using namespace tocsin::cacao;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto line = [&] {
    const std::size_t end = rest.find('\n');
    const std::string_view one = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return one;
  };
  const Result<Condition> condition = Condition::parse(line());
  if (!condition) return 0;
  constexpr std::array<std::pair<const char*, VariableType>, 5> kVariables = {{{"__n__", VariableType::kInteger}, {"__s__", VariableType::kString}, {"__ip__", VariableType::kIpv4}, {"__h__", VariableType::kHash}, {"__f__", VariableType::kFloat}}};
  Variables variables;
  for (const auto& [name, type] : kVariables) {
    Variable& variable = variables[name];
    variable.type = type;
    if (!rest.empty()) variable.value = line();
  }
  const auto lookup = [&](std::string_view name) -> const Variable* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : &found->second;
  };
  for (const std::string& wrong : condition->check(lookup)) TOCSIN_CHECK(wrong.starts_with("column "));
  const Result<bool> first = condition->holds(lookup), second = condition->holds(lookup);
  TOCSIN_CHECK(first.has_value() == second.has_value());
  if (first) TOCSIN_CHECK(*first == *second);
  return 0;
}
