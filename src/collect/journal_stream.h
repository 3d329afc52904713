// A saved export of the journal (journal_export.h) as lines of JSON: the last stage of a ByteStream, behind whatever undoes a compression, so that all who read JSON
// read it too. What is damaged in it is an error behind everything that could be read. One thread at a time.
#pragma once

#include <memory>

#include "collect/byte_stream.h"
#include "collect/journal_export.h"

namespace tocsin {

/// What is_journal_export wants to see of a text.
inline constexpr std::size_t kJournalHeadBytes = 9;

/// `source` gives the export from its first byte on.
std::unique_ptr<ByteStream> make_journal_stream(std::unique_ptr<ByteStream> source);

}  // namespace tocsin
