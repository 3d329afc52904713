#include "collect/journal_stream.h"

#include <fmt/format.h>

#include <utility>

#include "collect/record_stream.h"

namespace tocsin {

std::unique_ptr<ByteStream> make_journal_stream(std::unique_ptr<ByteStream> source) {
  return std::make_unique<RecordStream<JournalExport>>(std::move(source), std::make_unique<JournalExport>(), [](const JournalExport& journal) -> std::optional<Error> {
    const std::uint64_t damaged = journal.counts().damaged;
    if (damaged == 0) return std::nullopt;
    return Error{Code::kInvalid, fmt::format("journal export: {} entries are damaged", damaged)};
  });
}

}  // namespace tocsin
