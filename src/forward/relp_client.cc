#include "forward/relp_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace tocsin::forward {

namespace {

constexpr std::size_t kDigitsMax = 9, kNameBytesMax = 32;

Error wrong(std::string_view what) { return {Code::kInvalid, fmt::format("the server's answer is no RELP: {}", what)}; }

/// Takes digits from the front, up to what follows them; nothing, with `whole` false, if that is not there yet.
std::optional<std::uint32_t> number_at(std::string_view bytes, std::size_t& at, bool& whole) {
  std::size_t end = at;
  while (end < bytes.size() && end - at <= kDigitsMax && bytes[end] >= '0' && bytes[end] <= '9') ++end;
  whole = end < bytes.size() || end - at > kDigitsMax;
  std::uint32_t number = 0;
  if (end == at || end - at > kDigitsMax) return std::nullopt;
  std::from_chars(bytes.data() + at, bytes.data() + end, number);
  at = end;
  return number;
}

}  // namespace

void RelpClient::frame(Sent kind, std::string_view name, std::string_view data, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{} {} {}", next_, name, data.size());
  if (!data.empty()) out += ' ';
  out += data;
  out += '\n';
  waiting_.push_back(kind);
  next_ = next_ == kRelpTxnrMax ? 1 : next_ + 1;
}

void RelpClient::open(std::string& out) { frame(Sent::kOpen, "open", "relp_version=0\nrelp_software=tocsin\ncommands=syslog", out); }

void RelpClient::message(std::string_view raw, std::string& out) { frame(Sent::kMessage, "syslog", raw, out); }

void RelpClient::command(std::string_view name, std::string_view data, std::string& out) {
  response_.reset();
  frame(Sent::kCommand, name, data, out);
}

Result<std::size_t> RelpClient::take(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size()) {
    const std::size_t one = TRY(take_one(bytes.substr(used)));
    if (one == 0) break;
    used += one;
  }
  return used;
}

/// 0 if it is not whole.
Result<std::size_t> RelpClient::take_one(std::string_view bytes) {
  std::size_t at = 0;
  bool whole = false;
  const auto txnr = number_at(bytes, at, whole);
  if (!whole) return std::size_t{0};
  if (!txnr || bytes[at] != ' ') return wrong("it does not begin with a number");
  ++at;
  const std::size_t name_end = bytes.find(' ', at);
  if (std::min(name_end, bytes.size()) - at > kNameBytesMax) return wrong("it has no command");
  if (name_end == std::string_view::npos) return std::size_t{0};
  const std::string_view name = bytes.substr(at, name_end - at);
  at = name_end + 1;
  const auto size = number_at(bytes, at, whole);
  if (!whole) return std::size_t{0};
  if (!size) return wrong("it has no length");
  if (*size > kRelpResponseBytesMax) return wrong(fmt::format("it has {} bytes", *size));
  if (bytes[at] == ' ') ++at;
  else if (*size > 0) return wrong("no space follows its length");
  if (bytes.size() <= at + *size) return std::size_t{0};
  if (bytes[at + *size] != '\n') return wrong("it is longer than its length says");
  if (name == "rsp") {
    TRY(answer(*txnr, bytes.substr(at, *size)));
  } else if (name == "serverclose") {
    closing_ = true;
  } else if (*txnr != 0) {
    return wrong("it is a command, not a response");
  }
  return at + *size + 1;
}

Status RelpClient::answer(std::uint32_t txnr, std::string_view data) {
  if (waiting_.empty() || txnr != oldest_) return wrong(fmt::format("it is to frame {}, and {} was to be next", txnr, waiting_.empty() ? std::string("none") : std::to_string(oldest_)));
  std::size_t at = 0;
  bool whole = false;
  const auto code = number_at(data, at, whole);
  if (!code) return wrong("it has no code");
  data.remove_prefix(std::min(at + 1, data.size()));
  const bool good = *code == 200;
  switch (waiting_.front()) {
    case Sent::kMessage: ++(good ? taken_ : refused_); break;
    case Sent::kCommand: response_ = Response{*code, std::string(data)}; break;
    case Sent::kOpen:
      if (!good) return Error{Code::kDenied, fmt::format("the server does not want to begin: {} {}", *code, data.substr(0, data.find('\n')))};
      open_ = true;
  }
  waiting_.pop_front();
  oldest_ = oldest_ == kRelpTxnrMax ? 1 : oldest_ + 1;
  return {};
}

}  // namespace tocsin::forward
