#include "collect/enrolment.h"

#include <fmt/format.h>

namespace tocsin {

namespace {

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// Nothing unless there are two lower-case digits for each of `bytes`.
std::optional<std::string> unhex(std::string_view text, std::size_t bytes) {
  if (text.size() != 2 * bytes) return std::nullopt;
  std::string read;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    read += static_cast<char>(high * 16 + low);
  }
  return read;
}

}  // namespace

std::string enrolment_code(std::string_view secret, std::string_view fingerprint) {
  return std::string(kEnrolmentPrefix) + hex(secret.substr(0, kEnrolmentSecretBytes)) + hex(fingerprint.substr(0, kEnrolmentMarkBytes));
}

std::optional<std::string> enrolment_mark(std::string_view code) {
  if (!code.starts_with(kEnrolmentPrefix)) return std::nullopt;
  const auto bytes = unhex(code.substr(kEnrolmentPrefix.size()), kEnrolmentSecretBytes + kEnrolmentMarkBytes);
  if (!bytes) return std::nullopt;
  return bytes->substr(kEnrolmentSecretBytes);
}

std::string enrolment_data(const EnrolmentRequest& request) { return request.code + " " + hex(request.key); }

Result<EnrolmentRequest> read_enrolment(std::string_view data) {
  const std::size_t space = data.find(' ');
  if (space == std::string_view::npos || !enrolment_mark(data.substr(0, space))) return Error{Code::kInvalid, "this is no enrolment code"};
  const auto key = unhex(data.substr(space + 1), kEnrolmentKeyBytes);
  if (!key || key->front() != 4) return Error{Code::kInvalid, "no key of P-256 follows the code"};
  return EnrolmentRequest{std::string(data.substr(0, space)), *key};
}

}  // namespace tocsin
