// Mails as records of JSON: a file that is one, or a mailbox in mbox form (RFC 4155), told by its first line. It takes the bytes as they come. The record of a mail has what its
// header says and what it carries: addresses, its way, links, attachments with their fingerprints; the names are those of ECS (email.from.address), and docs/mail.md lists them. Neither its
// text nor its attachments are in it. A mail that is attached to a mail is a record of its own, before the one that carries it, and so is each row of a report
// (report_reader.h).
//
// A mailbox's mail ends before an empty line and a line "From ADDRESS DATE"; what a mail says in such a line otherwise ("From here on …") is text.
//
// One object belongs to one file and one thread. Nothing fails: what is left out is named in the record (email.left_out), and damage in reports is counted.
//
//   MailReader mails({.authserv_ids = {"mx.example.org"}});
//   while (read(bytes)) mails.read(bytes, visitor);
//   mails.finish(visitor);
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collect/mail_lines.h"
#include "collect/mail_rules.h"
#include "collect/mime_reader.h"
#include "collect/record_frames.h"

namespace tocsin {

/// Mails attached to mails attached to mails: who forwards a complaint about a forwarded mail needs two.
inline constexpr int kMailNestedMax = 3;
/// What is_mail and is_mailbox want to see.
inline constexpr std::size_t kMailLookBytes = 4 << 10;

class MailReader : public RecordFrames {
 public:
  explicit MailReader(MailRules rules);
  ~MailReader() override;

  void read(std::string_view bytes, ReceivedVisitor& visitor) override;
  void finish(ReceivedVisitor& visitor) override;

  struct Counts {
    std::uint64_t mails = 0;
    std::uint64_t damaged_reports = 0;
    std::string damage;  // of the first of them
  };
  const Counts& counts() const { return counts_; }

 private:
  class Inner;
  MailReader(MailRules rules, int depth, std::string attached_to);
  void line(const MailLine& line, ReceivedVisitor& visitor);
  void end_mail(ReceivedVisitor& visitor);
  MimeInner inner();

  MailRules rules_;
  int depth_ = 0;
  std::string attached_to_;  // the Message-ID of the mail that carries this one
  Charsets charsets_;
  MimeInner inner_;
  MimeReader mime_;
  MailLines lines_;
  bool begun_ = false, is_mailbox_ = false, any_ = false;
  bool mails_cut_ = false;
  std::string empty_line_;  // the end of an empty line that may be the last of its mail
  std::string json_;
  Counts counts_;
};

/// Whether a text that begins so is a mail: a header with two fields that mails have, one of them of a mail's own.
bool is_mail(std::string_view head);
/// Whether it is a mailbox: its first line is "From ADDRESS DATE".
bool is_mailbox(std::string_view head);

}  // namespace tocsin
