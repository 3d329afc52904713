// tocsin reload: the service that runs reads its rules and settings again. What it took is shown, or why it took nothing.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "pipeline/control_socket.h"
#include "pipeline/reload.h"

namespace tocsin::cli {

namespace {

namespace json = boost::json;

void print_answer(const json::object& answer) {
  const auto number = [&](const char* name) { return answer.at(name).to_number<std::uint64_t>(); };
  const std::string sha256(answer.at("sha256").as_string());
  if (answer.at("changed").as_bool()) {
    fmt::print("{} rules and {} correlations hold from record {} on ({:.12})\n", number("rules"), number("correlations"), number("from_record"), sha256);
  } else {
    fmt::print("the rules are what they were: {} and {} correlations ({:.12})\n", number("rules"), number("correlations"), sha256);
  }
  if (number("on_trial") > 0) fmt::print("{}\n", words_of_trials(number("on_trial")));
  if (number("left_out") > 0) fmt::print("{} mistakes in rule files that are left out, as at the start\n", number("left_out"));
  if (const json::value* const files = answer.if_contains("enrichment_files"); files != nullptr && files->to_number<std::uint64_t>() > 0) {
    fmt::print("{} files of enrichment are read anew\n", files->to_number<std::uint64_t>());
  }
  for (const json::value& name : answer.at("need_restart").as_array()) {
    fmt::print("{} has changed, and holds once the service is started again\n", std::string_view(name.as_string()));
  }
}

/// What the service cannot have said ends here.
Status print_reload(const std::string& text) {
  try {
    print_answer(json::parse(text).as_object());
    return {};
  } catch (const std::exception& error) {
    return Error{Code::kInvalid, std::string("the answer of the service is not understood: ") + error.what()};
  }
}

}  // namespace

int run_reload(Env&, const std::vector<std::string>& arguments) {
  DataOptions data;
  CLI::App app("Lets the service that runs read its rules and settings again. A mistake refuses all, and what was in force stays.", "tocsin reload");
  data.add_to(app, false);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<std::string> answer = ask_service(data.folder().control(), {"reload", {}});
  if (!answer && answer.error().code == Code::kNotFound) return complain("no service runs on " + data.folder().path), kUsage;
  if (!answer) return complain_lines(answer.error().message), complain("nothing was changed"), kUsage;
  const Status printed = print_reload(*answer);
  if (!printed) complain(printed.error().message);
  return printed ? kDone : kIncomplete;
}

}  // namespace tocsin::cli
