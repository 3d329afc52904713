#include "protect/byte_classes.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "protect/words.h"

namespace tocsin::protect {
namespace {

std::vector<ClassBits::Kernel> kernels() {
  std::vector<ClassBits::Kernel> all = {ClassBits::read_portable, ClassBits::best_kernel()};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) all.push_back(ClassBits::read_avx2);
#endif
  return all;
}

bool has_piece(std::string_view text, std::size_t end, std::initializer_list<std::string_view> pieces) {
  return std::ranges::any_of(pieces, [&](std::string_view piece) { return ends_with_word(text.substr(0, end), piece); });
}

/// What byte `at` is, by the words of byte_classes.h.
bool is_of(ClassBits::Class one, std::string_view text, std::size_t at) {
  const char c = text[at];
  switch (one) {
    case ClassBits::kDigit: return is_digit(c);
    case ClassBits::kHex: return is_hex(c);
    case ClassBits::kLetter: return is_letter(c);
    case ClassBits::kUpper: return c >= 'A' && c <= 'Z';
    case ClassBits::kWord: return is_word(c);
    case ClassBits::kSpace: return c == ' ';
    case ClassBits::kDash: return c == '-';
    case ClassBits::kDot: return c == '.';
    case ClassBits::kColon: return c == ':';
    case ClassBits::kJoint: return std::string_view("/()").find(c) != std::string_view::npos || static_cast<unsigned char>(c) >= 0x80;
    case ClassBits::kBase64: return is_alnum(c) || std::string_view("+/-_").find(c) != std::string_view::npos;
    case ClassBits::kRare: return std::string_view("@+(%\xC2\xE2\xEF").find(c) != std::string_view::npos;
    case ClassBits::kAssign: return std::string_view(":=>").find(c) != std::string_view::npos;
    case ClassBits::kQuote: return std::string_view("\"'\\ ").find(c) != std::string_view::npos;
    case ClassBits::kPerson: return has_piece(text, at + 1, {"me", "nt", "er", "rd", "os", "do", "re", "om"});
    case ClassBits::kBirth: return has_piece(text, at + 1, {"bir", "bor", "bda", "dob", "d.o", "geb", "nai", "nac", "nas", "nat", "n\xC3\xA9"});
    default: return has_piece(text, at + 1, {"lat", "lon", "lng", "geo", "gps", "pos", "coo", "loc"});
  }
}

/// The pieces of three stand for some more that are like them.
bool may_be_more(ClassBits::Class one) { return one == ClassBits::kBirth || one == ClassBits::kPlace; }

void expect_classes(std::string_view text, ClassBits::Kernel kernel) {
  ClassBits bits(kernel);
  for (std::size_t from = 0; from < text.size(); from += ClassBits::kChunkBytes) {
    const std::size_t blocks = bits.read(text, from, true);
    for (std::size_t block = 0; block < blocks; ++block) {
      for (int k = 0; k < ClassBits::kClasses; ++k) {
        const auto one = static_cast<ClassBits::Class>(k);
        const std::uint64_t window = bits.window(one, block);
        for (std::size_t bit = 0; bit < 64; ++bit) {
          const std::size_t at = from + block * kBlockBytes + bit - ClassBits::kBefore;  // wraps before the text
          const bool expected = at < text.size() && is_of(one, text, at), is = (window >> bit & 1) != 0;
          if (expected != is && !(is && may_be_more(one))) FAIL() << "class " << k << " at " << at << " of " << text;
        }
      }
    }
  }
}

TEST(ClassBits, AreWhatTheBytesAre) {
  std::mt19937 random(1);
  const std::string_view pieces[] = {"0", "12", "a", "Ff", "zZ", "_", " ", "-", ".", ":", "/", "(", ")", "\xC3\xA9", "\xE2", "+", "@", "%", "=", ">", "\"", "'", "\\", "\n", "name", "gecos", "dob", "n\xC3\xA9",
                                     "d.o.b", "latitude", "lng", "GPS", "born", "position"};
  for (int round = 0; round < 60; ++round) {
    std::string text;
    const std::size_t size = round % 5 == 4 ? 2 * ClassBits::kChunkBytes + random() % 40 : random() % 130;
    while (text.size() < size) text += random() % 4 == 0 ? std::string(1, static_cast<char>(random())) : std::string(pieces[random() % std::size(pieces)]);
    for (const ClassBits::Kernel kernel : kernels()) expect_classes(text, kernel);
  }
}

TEST(ClassBits, TheFewAreTheFirstOfAll) {
  const std::string text = "GB82 WEST 1234 5698 7654 32, card 4111-1111-1111-1111 %40 (x)";
  for (const ClassBits::Kernel kernel : kernels()) {
    ClassBits all(kernel), few(kernel);
    all.read(text, 0, true);
    few.read(text, 0, false);
    for (int k = 0; k < ClassBits::kFew; ++k) EXPECT_EQ(all.window(static_cast<ClassBits::Class>(k), 0), few.window(static_cast<ClassBits::Class>(k), 0)) << k;
  }
}

}  // namespace
}  // namespace tocsin::protect
