#include "base/text.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

namespace tocsin {
namespace {

constexpr const char* kCaseFolding = "/usr/share/unicode/CaseFolding.txt";  // Debian: unicode-data

std::string encoded(std::uint32_t code) {
  std::string out;
  append_utf8(out, code);
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  append_json_escaped(out, text);
  return out;
}

std::string unescaped(std::string_view text, bool well_formed = true) {
  std::string out;
  EXPECT_EQ(append_json_unescaped(out, text), well_formed) << text;
  return out;
}

std::string command_output(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return out;
  char buffer[4096];
  for (std::size_t got; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, got);
  pclose(pipe);
  return out;
}

TEST(Fold, IsUnicodesSimpleFoldingForEveryCodePoint) {
  std::ifstream file(kCaseFolding);
  if (!file) GTEST_SKIP() << "skipped: no " << kCaseFolding;
  std::map<std::uint32_t, std::uint32_t> mapping;
  for (std::string line; std::getline(file, line);) {
    std::uint32_t from = 0, to = 0;
    char status = 0;
    if (std::sscanf(line.c_str(), "%X; %c; %X;", &from, &status, &to) != 3) continue;
    if (status == 'C' || status == 'S') mapping[from] = to;
  }
  ASSERT_GT(mapping.size(), 1400u);
  for (std::uint32_t code = 0; code <= 0x1100FF; ++code) {
    const auto at = mapping.find(code);
    ASSERT_EQ(fold(code), at == mapping.end() ? code : at->second) << std::hex << code;
  }
}

TEST(Fold, TableIsWhatTheGeneratorWrites) {
  if (!std::ifstream(kCaseFolding)) GTEST_SKIP() << "skipped: no " << kCaseFolding;
  const std::string root = TOCSIN_SOURCE_DIR;
  std::ifstream table(root + "/src/base/fold_table.inc");
  std::stringstream text;
  text << table.rdbuf();
  EXPECT_EQ(command_output("awk -f '" + root + "/tools/gen_fold.awk' " + kCaseFolding), text.str());
}

TEST(Fold, KnownCases) {
  EXPECT_EQ(folded("C:\\Windows\\PowerShell.EXE@[`{"), "c:\\windows\\powershell.exe@[`{");
  EXPECT_EQ(folded("\u212Aernel32 \u017Fvchost"), "kernel32 svchost");  // Kelvin sign, long s
  EXPECT_EQ(folded("\u00C4\u00D6\u0141\u0416\u03A3\u03C2"), "\u00E4\u00F6\u0142\u0436\u03C3\u03C3");
  EXPECT_EQ(folded("\u1E9E\u00DF"), "\u00DF\u00DF");    // simple folding: sharp s is not "ss"
  EXPECT_EQ(folded("I\u0130\u0131"), "i\u0130\u0131");  // no Turkic mappings
  EXPECT_EQ(folded("\u023A\U00010400"), "\u2C65\U00010428");
  EXPECT_EQ(folded("A\xFF\xC3Z\xE2\x84"), "a\xFF\xC3z\xE2\x84");  // broken UTF-8 stays
}

TEST(Fold, EveryAsciiCharacterAtEveryPlace) {
  for (std::size_t size = 1; size <= 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 0x80; ++c) {
        std::string text(size, 'Q'), expected(size, 'q');
        text[at] = static_cast<char>(c);
        expected[at] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        ASSERT_EQ(folded(text), expected);
      }
    }
  }
}

TEST(Fold, LongWayAndShortWayAgree) {
  std::mt19937 random(1);
  const std::string_view pieces[] = {"A",
                                     "z",
                                     "[",
                                     "@",
                                     "\u212A",
                                     "\u00C4",
                                     "\xC3",
                                     "\x80",
                                     "\u4E2D",
                                     "PROGRAM FILES (X86)",
                                     std::string_view("\0", 1)};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (auto n = random() % 40; n > 0; --n) text += pieces[random() % std::size(pieces)];
    std::string expected = "kept";
    for (std::size_t at = 0; at < text.size();) {
      const Char c = char_at(text, at);
      append_utf8(expected, fold(c.code));
      at += c.size;
    }
    std::string actual = "kept";
    append_folded(actual, text);
    ASSERT_EQ(actual, expected);
  }
}

TEST(Utf8, EveryCodePointThereAndBack) {
  for (std::uint32_t code = 0; code <= 0x10FFFF; ++code) {
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    const std::string bytes = encoded(code);
    const Char c = char_at(bytes, 0);
    ASSERT_EQ(c.code, surrogate ? 0xFFFD : code);
    ASSERT_EQ(c.size, bytes.size());
    ASSERT_TRUE(is_valid_utf8(bytes));
  }
}

TEST(Utf8, BrokenBytesStandForThemselves) {
  const std::string_view broken[] = {"\x80",
                                     "\xBF",
                                     "\xC0\x80",
                                     "\xC1\xBF",
                                     "\xC3",
                                     "\xC3(",
                                     "\xE0\x9F\xBF",
                                     "\xE2\x82",
                                     "\xED\xA0\x80",
                                     "\xF0\x8F\xBF\xBF",
                                     "\xF4\x90\x80\x80",
                                     "\xF5\x80\x80\x80",
                                     "\xFE",
                                     "\xFF"};
  for (const std::string_view text : broken) {
    const Char c = char_at(text, 0);
    EXPECT_EQ(c.code, 0x110000u + static_cast<unsigned char>(text[0]));
    EXPECT_EQ(c.size, 1u);
    EXPECT_EQ(encoded(c.code), text.substr(0, 1));
    EXPECT_FALSE(is_valid_utf8(text));
    EXPECT_FALSE(is_valid_utf8("12345678" + std::string(text)));
  }
}

TEST(TerminalSafe, ShowsWhatWouldHide) {
  EXPECT_EQ(terminal_safe("C:\\new \u00E4\u4E2D\U0001F600"), "C:\\new \u00E4\u4E2D\U0001F600");
  EXPECT_EQ(terminal_safe("\x1b[2J\r\n\t\x7f"), "\\x1b[2J\\x0d\\x0a\\x09\\x7f");
  EXPECT_EQ(terminal_safe(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(terminal_safe("\u009B31m \x9B"), "\\u009b31m \\x9b");
  EXPECT_EQ(terminal_safe("exe.\u202Efdp \u200B\U000E0041"), "exe.\\u202efdp \\u200b\\U000e0041");
  for (const std::uint32_t code :
       {0x061Cu, 0x200Cu, 0x200Du, 0x200Eu, 0x200Fu, 0x2028u, 0x2029u, 0x202Au, 0x202Bu, 0x202Cu, 0x202Du,
        0x202Eu, 0x2066u, 0x2067u, 0x2068u, 0x2069u, 0xFEFFu, 0x80u, 0x9Fu}) {
    EXPECT_EQ(terminal_safe(encoded(code)).substr(0, 2), "\\u") << std::hex << code;
  }
}

TEST(Json, EscapesWhatItMust) {
  EXPECT_EQ(escaped("a\"\\/\b\f\n\r\t\x01\x7f"), "a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\x7f");
  EXPECT_EQ(escaped("\u00E4 \xFF\xFF \xE2\x82"), "\u00E4 \uFFFD\uFFFD \uFFFD\uFFFD");
}

TEST(Json, UndoesEveryEscape) {
  EXPECT_EQ(unescaped(R"(\"\\\/\b\f\n\r\t\u0041\u00e4\u20AC)"), "\"\\/\b\f\n\r\tA\u00E4\u20AC");
  EXPECT_EQ(unescaped(R"(\ud83d\ude00)"), "\U0001F600");
  EXPECT_EQ(unescaped(R"(\u0000)"), std::string(1, '\0'));
}

TEST(Json, LoneSurrogatesAreReplaced) {
  EXPECT_EQ(unescaped(R"(\ud83d)"), "\uFFFD");
  EXPECT_EQ(unescaped(R"(\ude00x)"), "\uFFFDx");
  EXPECT_EQ(unescaped(R"(\ud83d\u0041)"),
            "\uFFFD"
            "A");
  EXPECT_EQ(unescaped(R"(\ud83d\ud83d\ude00)"), "\uFFFD\U0001F600");
  EXPECT_EQ(unescaped(R"(\ud83d\n)"), "\uFFFD\n");
}

TEST(Json, MalformedEscapesLoseNothing) {
  EXPECT_EQ(unescaped(R"(a\qb\n)", false), "a\\qb\n");
  EXPECT_EQ(unescaped("a\\", false), "a\\");
  EXPECT_EQ(unescaped(R"(\u12)", false), "\\u12");
  EXPECT_EQ(unescaped(R"(\u12g4)", false), "\\u12g4");
  EXPECT_EQ(unescaped(R"(\ud83d\u12)", false), "\uFFFD\\u12");
}

/// The plain twin of append_json_unescaped.
std::string slowly_unescaped(std::string_view text) {
  std::string out;
  const auto unit_at = [&](std::size_t at) -> int {  // of the \u escape there, or -1
    if (at + 6 > text.size() || text.substr(at, 2) != "\\u") return -1;
    const std::string digits(text.substr(at + 2, 4));
    if (digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) return -1;
    return static_cast<int>(std::strtol(digits.c_str(), nullptr, 16));
  };
  const std::string_view kinds = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t kind = at + 1 < text.size() ? kinds.find(text[at + 1]) : std::string_view::npos;
    const int high = unit_at(at), low = high >= 0 ? unit_at(at + 6) : -1;
    if (high >= 0xD800 && high < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
      append_utf8(out, static_cast<std::uint32_t>(0x10000 + (high - 0xD800) * 1024 + (low - 0xDC00)));
      at += 12;
    } else if (high >= 0) {
      append_utf8(out, static_cast<std::uint32_t>(high));
      at += 6;
    } else if (text[at] == '\\' && kind != std::string_view::npos) {
      out.push_back(meanings[kind]);
      at += 2;
    } else {
      out.push_back(text[at++]);
    }
  }
  return out;
}

TEST(Json, UnescapingAgreesWithItsPlainTwin) {
  std::mt19937 random(5);
  const std::string_view pieces[] = {"\\",      "\\\\",    "\\n",  "\\u", "0041",     "\\u00e4",
                                     "\\ud83d", "\\ude00", "\\\"", "ab",  "\xC3\xA4", "\\u12g4",
                                     "Windows", "\xFF",    "\\/",  "x"};
  for (int round = 0; round < 50'000; ++round) {
    std::string text;
    for (auto n = random() % 20; n > 0; --n) text += pieces[random() % std::size(pieces)];
    std::string out = "kept";
    append_json_unescaped(out, text);
    ASSERT_EQ(out, "kept" + slowly_unescaped(text)) << text;
  }
}

TEST(Json, EscapingIsUndone) {
  std::mt19937 random(2);
  for (int round = 0; round < 50'000; ++round) {
    std::string text;
    for (auto n = random() % 40; n > 0; --n) {
      append_utf8(text, static_cast<std::uint32_t>(random() % (random() % 4 != 0 ? 0x80 : 0x110000)));
    }
    const std::string json = escaped(text);
    for (const char c : json) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20);
    ASSERT_EQ(unescaped(json), text);
  }
}

}  // namespace
}  // namespace tocsin
