// GELF over UDP: JSON texts out of datagrams, put together where one came in chunks and unpacked where it was compressed. One object belongs to one
// port and one thread; warm, it allocates nothing. Nothing fails: what cannot become a record is counted as lost, since over UDP nobody can be told.
//
//   datagram = chunk / message
//   chunk    = 1E 0F  id: 8 bytes  number: 1 byte, from 0  count: 1 byte, 1 to kGelfChunksMax  part of a message, which may be empty
//   message  = gzip (1F 8B …) / zlib (RFC 1950) / the text itself
//
// Chunks belong together that have one sender (address and port) and one id; their order does not matter, and of two with one number the first
// counts. One whose number or count cannot be, or is not that of the chunks before it, is lost alone. A message is given up that is not whole
// kGelfChunkWaitMs after its first chunk; that is noticed when the next chunk comes, and at the end. Where there are too many unfinished messages, or too
// much of them, the oldest goes. Both bounds hold for all senders together: an address costs nothing over UDP, so shares of addresses would protect nobody.
//
//   GelfDatagrams gelf;
//   gelf.read(datagram, {.key = sender, .address = ""}, env.monotonic_ns(), visitor);
//   intake.drop(source, gelf.take_lost());
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collect/datagram_reader.h"
#include "collect/gelf_unpack.h"

namespace tocsin {

/// As GELF has it.
inline constexpr std::size_t kGelfChunksMax = 128;
inline constexpr int kGelfChunkWaitMs = 5'000;
/// Messages that wait for chunks: 200 a second, of which each loses one.
inline constexpr std::size_t kGelfUnfinishedMax = 1'024;
/// The bytes of all of them.
inline constexpr std::size_t kGelfUnfinishedBytesMax = 16u << 20;
/// One message before it is unpacked; what it unpacks to has no more either (kReceivedBytesMax).
inline constexpr std::size_t kGelfPackedBytesMax = 1u << 20;

class GelfDatagrams : public DatagramReader {
 public:
  struct Counts {
    std::uint64_t messages = 0;    // handed on
    std::uint64_t chunks = 0;      // that were kept
    std::uint64_t repeated = 0;    // chunks that were there already
    std::uint64_t bad = 0;         // lost: no chunk that can be, no gzip or zlib, too large
    std::uint64_t unfinished = 0;  // lost: messages that were given up
    bool operator==(const Counts&) const = default;
  };

  void read(std::string_view datagram, const DatagramSender& sender, std::int64_t now_ns, ReceivedVisitor& visitor) override;
  void finish() override;
  std::uint64_t take_lost() override;

  const Counts& counts() const { return counts_; }
  /// That are held now, and their bytes.
  std::size_t unfinished() const { return unfinished_; }
  std::size_t unfinished_bytes() const { return unfinished_bytes_; }

 private:
  struct Chunk {
    std::string_view id, part;
    std::size_t number = 0, count = 0;
  };
  struct Place {
    std::uint32_t from = 0, size = 0;
  };
  /// What is looked through for each chunk: small, and side by side.
  struct Head {
    std::uint64_t key = 0;  // of id and sender; 0: free
    std::int64_t begun_ns = 0;
  };
  /// A message that is not whole, or a free room for one.
  struct Message {
    std::string sender, id;
    std::size_t count = 0, have = 0;
    std::array<bool, kGelfChunksMax> is_there{};
    std::array<Place, kGelfChunksMax> places{};
    std::string bytes;  // parts as they came
  };

  static bool read_chunk(std::string_view datagram, Chunk& chunk);
  void chunk(const Chunk& chunk, std::string_view sender, std::int64_t now_ns, ReceivedVisitor& visitor);
  std::size_t place_of(const Chunk& chunk, std::string_view sender, std::int64_t now_ns);
  std::size_t free_place();
  std::size_t oldest() const;
  void give_up_late(std::int64_t now_ns);
  void give_up(std::size_t place);
  void release(std::size_t place);
  void message(std::string_view packed, ReceivedVisitor& visitor);

  std::vector<Head> heads_;
  std::vector<std::unique_ptr<Message>> messages_;  // to each head
  std::size_t unfinished_ = 0, unfinished_bytes_ = 0;
  std::int64_t earliest_ns_ = 0;  // no unfinished message began before
  std::string whole_;             // one in order
  GelfUnpacker unpacker_;
  Counts counts_;
  std::uint64_t told_ = 0;  // of those lost
};

}  // namespace tocsin
