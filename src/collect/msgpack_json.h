// One value of MessagePack as one line of JSON. Numbers are kept as they are: whole ones with all their digits, others with as few as give the same number
// again, and a point, so that they stay what they were. Texts keep their bytes; what JSON wants escaped is (the short forms, else \u00xx), and bytes that are no
// UTF-8 are let through, as everywhere in a record. What JSON does not have:
//
//   binary           a text, if it is UTF-8; else "base64:" and its bytes (RFC 4648)
//   extension        {"type":n,"base64":"…"}
//   not a number     "NaN", "Infinity", "-Infinity"
//   keys             that are no texts are written as the text of their JSON; arrays and maps are none (MsgpackEnd)
//
// Pure. The value has to be one of which MsgpackEnd found the end: then nothing fails, and nesting is bounded by kMsgpackDepthMax.
//
//   append_msgpack_json(record, reader);   // and the reader stands behind the value
#pragma once

#include <string>

#include "collect/msgpack.h"

namespace tocsin {

void append_msgpack_json(std::string& out, MsgpackReader& reader);

}  // namespace tocsin
