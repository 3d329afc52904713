// Any text as the table of log-ins. What is taken is asked of an event that has a value in every field that the table names.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "baseline/login_reader.h"

namespace {

/// A field is called as it stands in the event.
class Names : public tocsin::Naming {
 public:
  tocsin::PathMeaning meaning(std::string_view path) const override { return {.names = {std::string(path)}}; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  using namespace tocsin::baseline;
  const Result<LoginTable> table = LoginTable::read(std::string_view(reinterpret_cast<const char*>(data), size), "logins.yml");
  if (!table) {
    TOCSIN_CHECK(table.error().message.starts_with("logins.yml:"));
    return 0;
  }
  static const Names kNames;
  PathTable paths(kNames);
  LoginReader reader(*table);
  for (const LoginTable::Row& of : table->rows()) {
    LogSourceClass log_source;
    log_source.sources.push_back(of.of);
    std::vector<Value> values;
    std::vector<std::uint16_t> parts;
    const auto add = [&](const std::string& field, const std::string& text) { values.push_back({text.data(), static_cast<std::uint32_t>(text.size()), paths.child(PathTable::kRoot, field), ValueKind::kText}); };
    for (const LoginTable::Row& row : table->rows()) {
      for (const LoginTable::Condition& condition : row.when) add(condition.field, condition.values.front());
      for (const std::string& field : row.account) add(field, row.name);
      for (const std::string& field : row.address) add(field, row.name);
    }
    for (const Value& value : values) {
      parts.clear();
      reader.add_parts(log_source, paths.meaning(value.path), parts);
      for (const std::uint16_t part : parts) reader.see(part, value);
    }
    const LoginReader::Found found = reader.take();
    TOCSIN_CHECK((found.account == nullptr) == (found.address == nullptr));
    TOCSIN_CHECK(found.row < table->rows().size());
    TOCSIN_CHECK(reader.take().account == nullptr);
  }
  return 0;
}
