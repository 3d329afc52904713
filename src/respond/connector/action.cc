#include "respond/connector/action.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "base/ip_network.h"
#include "base/url_host.h"

namespace tocsin::respond {

namespace {

/// What is hashed begins so: the bytes of something else cannot be taken for a call.
constexpr std::string_view kCallMark = "tocsin.call/1";

void append_text(std::string& out, std::string_view text) {
  append_number(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

std::string take_text(ByteReader& reader) { return std::string(reader.take(reader.number<std::uint32_t>())); }

void append_texts(std::string& out, const std::map<std::string, std::string>& texts) {
  append_number(out, static_cast<std::uint32_t>(texts.size()));
  for (const auto& [name, value] : texts) append_text(out, name), append_text(out, value);
}

std::map<std::string, std::string> take_texts(ByteReader& reader) {
  std::map<std::string, std::string> texts;
  for (auto left = reader.number<std::uint32_t>(); left > 0 && reader.good(); --left) {
    std::string name = take_text(reader);
    texts[std::move(name)] = take_text(reader);
  }
  return texts;
}

/// All but what differs from try to try.
void append_meaning(std::string& out, const ActionCall& call) {
  append_text(out, call.connector);
  append_text(out, call.action);
  append_texts(out, call.arguments);
  append_text(out, call.credential);
  append_text(out, call.secret);
  append_number(out, call.lease_ms);
  append_number(out, static_cast<std::uint8_t>(call.dry_run));
}

bool is_number_to(std::string_view text, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number <= most;
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// A name or an address, as it goes into a command line: nothing that a program takes for an option, or for more than one word.
bool is_word(std::string_view text) {
  return !text.empty() && text.front() != '-' && !has_control(text) && text.find_first_of(" '\"`$\\;&|<>(){}*?!#~") == std::string_view::npos;
}

const char* wrong_with(ArgumentType type, std::string_view value) {
  const std::optional<IpNetwork> network = type == ArgumentType::kAddress || type == ArgumentType::kNetwork ? read_network(value) : std::nullopt;
  switch (type) {
    case ArgumentType::kText: return value.find('\0') == std::string_view::npos ? nullptr : "has a zero byte";
    case ArgumentType::kHost: return is_word(value) && value.size() <= 255 && value.find('/') == std::string_view::npos ? nullptr : "is no name or address of a host";
    case ArgumentType::kAddress: return network && value.find('/') == std::string_view::npos ? nullptr : "is no IP address";
    case ArgumentType::kNetwork: return network ? nullptr : "is no IP address and no network (192.0.2.0/24)";
    case ArgumentType::kPort: return is_number_to(value, 65'535) && value != "0" ? nullptr : "is no port (1 to 65535)";
    case ArgumentType::kUser: return !value.empty() && value.front() != '-' && !has_control(value) && value.size() <= 256 ? nullptr : "is no name of an account";
    case ArgumentType::kPath: return value.starts_with('/') && !has_control(value) && value.size() <= 4'096 ? nullptr : "is no path from the root on";
    case ArgumentType::kSeconds:
    case ArgumentType::kNumber: return is_number_to(value, UINT64_MAX) ? nullptr : "is no whole number";
    case ArgumentType::kUrl: return (value.starts_with("https://") || value.starts_with("http://")) && !has_control(value) && value.find(' ') == std::string_view::npos ? nullptr : "is no address of the web";
    case ArgumentType::kJson: return nullptr;  // whoever reads it says so
  }
  return nullptr;
}

}  // namespace

const ActionSpec* find_action(std::span<const ActionSpec> actions, std::string_view connector, std::string_view action) {
  const auto found = std::ranges::find_if(actions, [&](const ActionSpec& spec) { return spec.connector == connector && spec.action == action; });
  return found == actions.end() ? nullptr : &*found;
}

Sha256 hash_of(const ActionCall& call) {
  std::string bytes(kCallMark);
  append_meaning(bytes, call);
  return sha256(bytes);
}

std::string text_of(const ActionCall& call) {
  std::string text = fmt::format("{} {}", call.connector, call.action);
  for (const auto& [name, value] : call.arguments) text += fmt::format(" {}={}", name, value);
  if (call.lease_ms > 0) text += fmt::format(" (for {} s)", call.lease_ms / 1'000);
  if (call.dry_run) text += " (dry run)";
  return text;
}

Status check_call(const ActionSpec& spec, const ActionCall& call) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : call.arguments) {
    bytes += name.size() + value.size();
    const auto known = std::ranges::find(spec.arguments, name, &ArgumentSpec::name);
    if (known == spec.arguments.end()) return Error{Code::kInvalid, fmt::format("{} {} takes no argument '{}'", spec.connector, spec.action, name)};
    if (const char* const wrong = wrong_with(known->type, value)) return Error{Code::kInvalid, fmt::format("the argument '{}' of {} {} {}", name, spec.connector, spec.action, wrong)};
  }
  if (bytes > kCallBytesMax) return Error{Code::kLimit, fmt::format("the arguments of {} {} have more than {} bytes", spec.connector, spec.action, kCallBytesMax)};
  for (const ArgumentSpec& argument : spec.arguments) {
    if (argument.needed && !call.arguments.contains(std::string(argument.name))) return Error{Code::kInvalid, fmt::format("{} {} needs the argument '{}'", spec.connector, spec.action, argument.name)};
  }
  return {};
}

void append_call(std::string& out, const ActionCall& call) {
  append_meaning(out, call);
  append_number(out, call.timeout_ms);
}

Result<ActionCall> read_call(std::string_view bytes) {
  ByteReader reader(bytes);
  ActionCall call;
  call.connector = take_text(reader);
  call.action = take_text(reader);
  call.arguments = take_texts(reader);
  call.credential = take_text(reader);
  call.secret = take_text(reader);
  call.lease_ms = reader.number<std::uint64_t>();
  call.dry_run = reader.number<std::uint8_t>() != 0;
  call.timeout_ms = reader.number<std::uint64_t>();
  if (!reader.good() || !reader.at_end()) return Error{Code::kInvalid, "this is no call of a connector"};
  return call;
}

void append_result(std::string& out, const ActionResult& result) {
  append_number(out, static_cast<std::uint8_t>(result.outcome));
  append_number(out, static_cast<std::uint8_t>(result.may_pass));
  append_text(out, std::string_view(result.detail).substr(0, kDetailBytesMax));
  append_texts(out, result.outputs);
  append_texts(out, result.undo);
}

Result<ActionResult> read_result(std::string_view bytes) {
  ByteReader reader(bytes);
  ActionResult result;
  const auto outcome = reader.number<std::uint8_t>();
  const auto may_pass = reader.number<std::uint8_t>();
  result.detail = take_text(reader);
  result.outputs = take_texts(reader);
  result.undo = take_texts(reader);
  if (!reader.good() || !reader.at_end() || outcome > static_cast<std::uint8_t>(ActionOutcome::kNotBegun) || may_pass > 1 || result.detail.size() > kDetailBytesMax) return Error{Code::kInvalid, "this is no result of an action"};
  result.outcome = static_cast<ActionOutcome>(outcome);
  result.may_pass = may_pass == 1;
  return result;
}

}  // namespace tocsin::respond
