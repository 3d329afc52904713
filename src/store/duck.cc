#include "store/duck.h"

#ifdef TOCSIN_DUCKDB

namespace tocsin::store {

std::string sql_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

std::string sql_list(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) out += (out.size() == 1 ? "" : ", ") + sql_text(text);
  return out + "]";
}

Result<std::unique_ptr<Duck>> Duck::open(const DuckLimits& limits) {
  std::unique_ptr<Duck> duck = TRY(prepare(limits));
  TRY(duck->settle());
  return duck;
}

Result<std::unique_ptr<Duck>> Duck::prepare(const DuckLimits& limits) {
  std::unique_ptr<Duck> duck(new Duck(*TRY(duck_api()), limits));
  TRY(duck->start());
  return duck;
}

Status Duck::start() {
  duckdb_config config = nullptr;
  if (api_.create_config(&config) != DuckDBSuccess) return Error{Code::kIo, "DuckDB cannot be set up"};
  const std::pair<const char*, std::string> settings[] = {
      {"memory_limit", std::to_string(limits_.memory_bytes >> 10) + "KiB"},
      {"threads", "1"},
      {"preserve_insertion_order", limits_.keeps_order ? "true" : "false"},
      {"temp_directory", ""},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
  };
  char* message = nullptr;
  bool good = true;
  for (const auto& [name, value] : settings) good = good && api_.set_config(config, name, value.c_str()) == DuckDBSuccess;
  good = good && api_.open_ext(nullptr, &database_, config, &message) == DuckDBSuccess;
  api_.destroy_config(&config);
  const std::string reason = message == nullptr ? "a setting is not known to it" : message;
  api_.free(message);
  if (!good || api_.connect(database_, &connection_) != DuckDBSuccess) return Error{Code::kIo, "DuckDB does not start: " + reason};
  return {};
}

Status Duck::settle() {
  if (limits_.threads > 1) TRY(run("SET threads = " + std::to_string(limits_.threads)));
  TRY(run("SET allowed_directories = " + sql_list(limits_.folders)));
  if (!limits_.files.empty()) TRY(run("SET allowed_paths = " + sql_list(limits_.files)));
  TRY(run("SET enable_external_access = false"));
  return run("SET lock_configuration = true");
}

Duck::~Duck() {
  if (connection_ != nullptr) api_.disconnect(&connection_);
  if (database_ != nullptr) api_.close(&database_);
}

Status Duck::run(const std::string& sql) {
  duckdb_result result{};
  Status status;
  if (api_.query(connection_, sql.c_str(), &result) != DuckDBSuccess) {
    const char* const reason = api_.result_error(&result);
    status = Error{Code::kIo, reason == nullptr ? "DuckDB failed" : reason};
  }
  api_.destroy_result(&result);
  return status;
}

}  // namespace tocsin::store
#endif
