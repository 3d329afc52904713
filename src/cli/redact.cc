// tocsin redact: a filter for lines of any text or NDJSON. Personal data and secrets go, or are told as places; nothing is kept and nothing is sent anywhere.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "cli/output.h"
#include "cli/parse.h"
#include "cli/verb.h"
#include "protect/redactor.h"

namespace tocsin::cli {

namespace {

using protect::Kind;

/// Read and written at a time.
constexpr std::size_t kChunkBytes = 1u << 20;
/// A longer line is looked at in pieces, each cut where a word ends.
constexpr std::size_t kLineBytesMax = 4u << 20;

struct RedactArguments {
  bool spans = false;
  std::vector<std::string> keep;
};

std::vector<std::string> kind_words() {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < protect::kKinds; ++i) words.emplace_back(protect::name_of(static_cast<Kind>(i)));
  return words;
}

protect::RedactorOptions options_of(const RedactArguments& args) {
  const std::vector<std::string> words = kind_words();
  protect::RedactorOptions options;
  for (const std::string& word : args.keep) options.keep.push_back(static_cast<Kind>(std::ranges::find(words, word) - words.begin()));
  return options;
}

/// Lines as they come, each to the redactor and to the sink.
class Stream {
 public:
  Stream(const RedactArguments& args, ByteSink& sink) : spans_(args.spans), redactor_(options_of(args)), sink_(sink) {}

  Status take(std::string_view bytes) {
    held_ += bytes;
    std::size_t from = 0;
    for (std::size_t end = held_.find('\n'); end != std::string::npos; end = held_.find('\n', from)) {
      put(std::string_view(held_).substr(from, end - from));
      out_ += '\n';
      from = end + 1;
    }
    held_.erase(0, from);
    if (held_.size() > kLineBytesMax) cut();
    return flush();
  }
  Status finish() {
    if (!held_.empty()) put(held_);
    if (!held_.empty() && spans_) out_ += '\n';
    return flush();
  }

 private:
  void put(std::string_view line) {
    if (spans_) {
      redactor_.append_spans(line, out_);
    } else {
      redactor_.append_redacted(line, out_);
    }
  }
  void cut() {
    const std::size_t space = held_.find_last_of(" \t,;");
    const std::size_t end = space == std::string::npos || space < kLineBytesMax / 2 ? held_.size() : space + 1;
    complain(fmt::format("a line has more than {} MB: it is looked at in pieces", kLineBytesMax >> 20));
    put(std::string_view(held_).substr(0, end));
    if (spans_) out_ += '\n';
    held_.erase(0, end);
  }
  Status flush() {
    const Status written = sink_.write(out_);
    out_.clear();
    return written;
  }

  const bool spans_;
  protect::Redactor redactor_;
  ByteSink& sink_;
  std::string held_, out_;
};

Status redact(Stream& stream) {
  std::string chunk(kChunkBytes, '\0');
  while (true) {
    const ssize_t got = ::read(STDIN_FILENO, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{Code::kIo, std::string("standard input cannot be read: ") + std::strerror(errno)};
    if (got == 0) return stream.finish();
    TRY(stream.take(std::string_view(chunk).substr(0, static_cast<std::size_t>(got))));
  }
}

}  // namespace

int run_redact(Env&, const std::vector<std::string>& arguments) {
  RedactArguments args;
  CLI::App app("Takes personal data and secrets out of the lines on standard input: tocsin redact < app.log > clean.log", "tocsin redact");
  app.add_flag("--spans", args.spans, "print where they stand instead, a line of JSON for each line: code points from zero");
  app.add_option("--keep", args.keep, "let a kind stay, as IP; may be given several times")->type_name("TYPE")->allow_extra_args(false)->check(CLI::IsMember(kind_words()));
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  if (::isatty(STDIN_FILENO) == 1) complain("reads lines from standard input; Ctrl-D ends");
  FdSink sink(STDOUT_FILENO);
  Stream stream(args, sink);
  const Status done = redact(stream);
  if (!done) complain(done.error().message);
  return done ? kDone : kIncomplete;
}

}  // namespace tocsin::cli
