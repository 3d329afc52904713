// For tests: mails read in pieces of any size, and what became of them.
//
//   EXPECT_EQ(read_mails(text).records.size(), 1u);
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "collect/json_walk.h"
#include "collect/mail_reader.h"

namespace tocsin {

struct ToldRecords : ReceivedVisitor {
  void record(const Received& received) override { records.emplace_back(received.raw); }
  std::vector<std::string> records;
};

struct ReadMails {
  std::vector<std::string> records;
  MailReader::Counts counts;
};

/// Reads of `step` bytes each.
inline ReadMails read_mails(std::string_view text, std::size_t step = 1u << 30, MailRules rules = {}) {
  MailReader mails(std::move(rules));
  ToldRecords told;
  for (std::size_t at = 0; at < text.size(); at += std::min(step, text.size() - at)) mails.read(text.substr(at, step), told);
  mails.finish(told);
  return {std::move(told.records), mails.counts()};
}

/// The one record of a mail.
inline std::string mail_json(std::string_view text, MailRules rules = {}) {
  ReadMails read = read_mails(text, 1u << 30, std::move(rules));
  return read.records.empty() ? std::string() : std::move(read.records.back());
}

}  // namespace tocsin
