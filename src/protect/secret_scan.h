// Where in a text do some of a few pieces of four bytes stand? Looks at 32 places at once. For find_secrets, whose pieces are rare in logs.
//
// The idea is Teddy's (Hyperscan, Wang et al., NSDI 2019), as in detect/plan/literal_scan.h, which lies above this room: pieces are dealt into buckets, and two tables of 16 entries
// for each of the four places, indexed by the halves of a byte, say which buckets that byte fits. Sixteen buckets, in two sets: with eight, a hundred pieces left one place in eight
// to be looked at closer. Pieces are moved between buckets until no move makes fewer places of a usual log fit. Case is folded in the tables, not in the text.
//
// Immutable once built, safe from any thread. Reads nothing outside the text; a piece that would end behind it is not found.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace tocsin::protect {

inline constexpr std::size_t kPieceSize = 4;
inline constexpr char kAnyByte = '\0';

/// Four bytes; the last may be kAnyByte.
struct Piece {
  std::array<char, kPieceSize> bytes = {};
  bool exact = false;  // else letters of ASCII count without case
};

inline constexpr std::size_t kPieceSets = 2, kBucketsOfSet = 8;

inline constexpr std::size_t kPieceRows = 2048;

struct PieceTables {
  alignas(16) std::uint8_t low[kPieceSets][kPieceSize][16] = {};
  alignas(16) std::uint8_t high[kPieceSets][kPieceSize][16] = {};
  std::array<std::uint8_t, kPieceRows> rows = {};  // by row_of: 0 where no piece has that row, else 1 + the place of the first that has, in order of rows
};

inline std::uint32_t word_at(const char* at) {
  std::uint32_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}
/// A hash of the first three bytes of four, without case.
inline std::uint32_t row_of(std::uint32_t word) { return ((word & 0x00dfdfdfu) * 2654435761u) >> 21; }

/// Called for places where a piece may stand, in order.
using PieceVisit = void (*)(void* context, std::size_t at);
/// Looks at every place from `from` on that has four bytes.
using PieceKernel = void (*)(const PieceTables&, std::string_view text, std::size_t from, void* context, PieceVisit);

/// By rows instead of buckets: without shuffles that is the faster way.
void scan_pieces_portable(const PieceTables&, std::string_view text, std::size_t from, void* context, PieceVisit);
#if defined(__x86_64__)
/// Only where the machine has AVX2.
void scan_pieces_avx2(const PieceTables&, std::string_view text, std::size_t from, void* context, PieceVisit);
/// Only where it has AVX-512 BW.
void scan_pieces_avx512(const PieceTables&, std::string_view text, std::size_t from, void* context, PieceVisit);
#endif
PieceKernel best_piece_kernel();

class PieceScan {
 public:
  static constexpr std::size_t kPiecesMax = 128;

  /// No more than kPiecesMax. Takes a millisecond for a hundred.
  explicit PieceScan(std::span<const Piece> pieces, PieceKernel kernel = best_piece_kernel());

  /// Calls seen(index of the piece, place) for every piece that stands somewhere, by place, then by index.
  template <class Seen>
  void find(std::string_view text, Seen& seen) const {
    Context<Seen> context{this, text.data(), &seen};
    kernel_(tables_, text, 0, &context, visit<Seen>);
  }

 private:
  template <class Seen>
  struct Context {
    const PieceScan* self;
    const char* text;
    Seen* seen;
  };
  struct Entry {
    std::uint32_t value = 0, mask = 0;  // stands where (bytes & mask) == value
    std::uint32_t row = 0;
    std::uint8_t piece = 0;
  };

  template <class Seen>
  static void visit(void* context, std::size_t at) {
    const auto& [self, text, seen] = *static_cast<Context<Seen>*>(context);
    const std::uint32_t word = word_at(text + at), row = row_of(word);
    const std::uint8_t first = self->tables_.rows[row];
    if (first == 0) return;
    for (std::size_t i = first - 1u; i < self->size_ && self->entries_[i].row == row; ++i) {
      const Entry& entry = self->entries_[i];
      if ((word & entry.mask) == entry.value) (*seen)(entry.piece, at);
    }
  }
  void fill_rows(std::span<const Piece> pieces);
  void fill_tables(std::span<const Piece> pieces);

  std::array<Entry, kPiecesMax> entries_;  // by row, then by piece
  std::size_t size_ = 0;
  PieceTables tables_;
  PieceKernel kernel_;
};

}  // namespace tocsin::protect
