#include "collect/relp_frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace tocsin {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// One field of the head, and the space behind it.
struct Field {
  std::string_view text;
  bool whole = false, good = true;
};

template <class Is>
Field field_at(std::string_view bytes, std::size_t at, std::size_t size_max, Is is) {
  Field field;
  std::size_t size = 0;
  while (at + size < bytes.size() && size < size_max && is(bytes[at + size])) ++size;
  field.text = bytes.substr(at, size);
  field.whole = at + size < bytes.size();
  field.good = size > 0 || !field.whole;
  return field;
}

std::uint32_t number_of(std::string_view digits) {
  std::uint32_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

/// The value of an offer, one line of an open's data; "" if it is not made.
std::string_view offer(std::string_view offers, std::string_view name) {
  while (!offers.empty()) {
    std::string_view line = offers.substr(0, offers.find('\n'));
    offers.remove_prefix(std::min(line.size() + 1, offers.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == '=') return line.substr(name.size() + 1);
  }
  return {};
}

/// Whether `value` is among values with commas between.
bool has_value(std::string_view values, std::string_view value) {
  while (!values.empty()) {
    const std::string_view one = values.substr(0, values.find(','));
    values.remove_prefix(std::min(one.size() + 1, values.size()));
    if (one == value) return true;
  }
  return false;
}

}  // namespace

Error RelpFrames::wrong(std::string_view what) const {
  return Error{Code::kInvalid, fmt::format("RELP, frame {}: {}", counts_.frames + 1, what)};
}

/// The bytes of the frame, or 0 if it is not whole; then wanted_ is set.
Result<std::size_t> RelpFrames::read_frame(std::string_view bytes, Frame& frame) {
  wanted_ = bytes.size() + 1;
  const Field txnr = field_at(bytes, 0, kRelpDigitsMax, is_digit);
  if (!txnr.good) return wrong("it does not begin with a number");
  if (!txnr.whole) return std::size_t{0};
  std::size_t at = txnr.text.size();
  if (bytes[at] != ' ') return wrong("no space follows its number");
  const Field command = field_at(bytes, ++at, kRelpCommandBytesMax, is_letter);
  if (!command.good) return wrong("it has no command");
  if (!command.whole) return std::size_t{0};
  at += command.text.size();
  if (bytes[at] != ' ') return wrong("no space follows its command");
  const Field length = field_at(bytes, ++at, kRelpDigitsMax, is_digit);
  if (!length.good) return wrong("it has no length");
  if (!length.whole) return std::size_t{0};
  at += length.text.size();
  const std::size_t size = number_of(length.text);
  if (size > kRelpDataBytesMax) return Error{Code::kLimit, wrong(fmt::format("it has {} bytes; {} are the most", size, kRelpDataBytesMax)).message};
  if (bytes[at] == ' ') {
    ++at;
  } else if (size > 0 || bytes[at] != '\n') {
    return wrong("no space follows its length");
  }
  if (bytes.size() <= at + size) {
    wanted_ = at + size + 1;
    return std::size_t{0};
  }
  if (bytes[at + size] != '\n') return wrong("its data is longer than its length says");
  frame = {number_of(txnr.text), command.text, bytes.substr(at, size)};
  return at + size + 1;
}

Result<std::size_t> RelpFrames::take(std::string_view bytes, ReceivedVisitor& visitor) {
  Frame frame;
  const std::size_t used = TRY(read_frame(bytes, frame));
  if (used == 0) return used;
  TRY(carry_out(frame, visitor));
  ++counts_.frames;
  return used;
}

Status RelpFrames::carry_out(const Frame& frame, ReceivedVisitor& visitor) {
  if (frame.txnr == 0) return {};  // a hint
  if (frame.command == "syslog") {
    if (state_ != State::kOpen) return wrong("a message before open");
    Received received;
    received.raw = frame.data.substr(0, kReceivedBytesMax);
    received.truncated = frame.data.size() > kReceivedBytesMax;
    ++counts_.messages;
    counts_.truncated += received.truncated ? 1 : 0;
    visitor.record(received);
    respond(frame.txnr, "200 OK");
  } else if (frame.command == "open") {
    open(frame);
  } else if (frame.command == "close") {
    respond(frame.txnr, "200 OK");
    state_ = State::kClosed;
  } else if (frame.command == "enrol" && enrols_) {
    enrol(frame);
  } else {
    respond(frame.txnr, "500 this command is not known here");
  }
  return {};
}

void RelpFrames::open(const Frame& frame) {
  const std::string_view version = offer(frame.data, "relp_version");
  if (version.empty() || !has_value(offer(frame.data, "commands"), "syslog")) {
    respond(frame.txnr, "500 offer relp_version and commands=syslog");
    state_ = State::kClosed;
    return;
  }
  state_ = State::kOpen;
  respond(frame.txnr, "200 OK", version == "0" ? "\nrelp_version=0\nrelp_software=tocsin\ncommands=syslog" : "\nrelp_version=1\nrelp_software=tocsin\ncommands=syslog");
}

/// Whoever enrols has nothing else to say here, and comes again as a sender.
void RelpFrames::enrol(const Frame& frame) {
  const bool opened = state_ == State::kOpen;
  state_ = State::kClosed;
  Result<EnrolmentRequest> request = read_enrolment(frame.data);
  if (!opened || !request) return respond(frame.txnr, "500 " + (opened ? request.error().message : std::string("open comes first")));
  enrolment_txnr_ = frame.txnr;
  enrolment_ = std::move(*request);
}

void RelpFrames::enrolled(const Result<std::string>& certificate) {
  if (certificate) {
    respond(enrolment_txnr_, "200 OK", "\n" + *certificate);
  } else {
    respond(enrolment_txnr_, "500 " + certificate.error().message);
  }
}

void RelpFrames::respond(std::uint32_t txnr, std::string_view code, std::string_view offers) {
  fmt::format_to(std::back_inserter(responses_), "{} rsp {} {}{}\n", txnr, code.size() + offers.size(), code, offers);
}

void RelpFrames::answer(std::string& out) {
  out += responses_;
  responses_.clear();
}

void RelpFrames::farewell(std::string& out) { out += "0 serverclose 0\n"; }

}  // namespace tocsin
