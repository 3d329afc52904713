// A capture as lines of JSON: the last stage of a ByteStream, as with exports of the journal (journal_stream.h), so that all who read JSON read flows, too. A line is written when its flow has ended, or its
// question was answered, so lines are in the order of that; they are the same each time. One thread at a time. Where the capture is damaged or ends too early, that is an error behind everything that could be read.
//
// What is not in the lines is said in some at the end, as Zeek's weird.log: packets of links that are not read, fragments, damaged packets, DNS messages that are none, flows that were ended to make room.
#pragma once

#include <memory>

#include "collect/byte_stream.h"

namespace tocsin {

/// `source` gives the capture from its first byte on.
std::unique_ptr<ByteStream> make_capture_stream(std::unique_ptr<ByteStream> source);

}  // namespace tocsin
