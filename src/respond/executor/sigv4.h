// Signatures of requests to Amazon Web Services and stores like S3 ("AWS Signature Version 4", Authorization header, of a GET without a body). Pure, with OpenSSL's HMAC.
//
//   for (const auto& [name, value] : sigv4_headers(key, {.host = "s3.eu-central-1.amazonaws.com", .target = "/logs?list-type=2", .region = "eu-central-1", .service = "s3", .now = now})) …
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace tocsin::executor {

struct AwsKey {
  std::string id, secret;
  std::string session = {};  // of temporary ones
};

struct AwsRequest {
  std::string host;    // as the Host header has it
  std::string target;  // "/path?query", encoded as it is sent
  std::string region, service;
  TimeUs now = 0;
};

/// Authorization and those that it signs, but Host.
std::vector<std::pair<std::string, std::string>> sigv4_headers(const AwsKey& key, const AwsRequest& request);

}  // namespace tocsin::executor
