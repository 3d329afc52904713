#include "report/audit/signed_note.h"

#include <gtest/gtest.h>

#include "report/audit/audit_testing.h"

namespace tocsin::audit {
namespace {

/// The example of the specification (C2SP signed-note, "Format" and "Verifier keys").
constexpr std::string_view kExampleKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
constexpr std::string_view kExampleNote =
    "This is an example message.\n\n"
    "\xE2\x80\x94 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

Hash root_of_ones() {
  Hash root;
  root.fill(1);
  return root;
}

TEST(SignedNote, ThePublishedExampleHolds) {
  const VerifierKey key = *VerifierKey::parse(kExampleKey);
  EXPECT_EQ(key.name(), "example.com/foo");
  EXPECT_EQ(key.text(), kExampleKey);
  const SignedNote note = *parse_note(kExampleNote);
  ASSERT_EQ(note.signatures.size(), 1U);
  EXPECT_EQ(note.text, "This is an example message.\n");
  EXPECT_EQ(note.signatures[0].id, key.id());
  EXPECT_TRUE(key.verifies(note.text, note.signatures[0].signature));
  EXPECT_FALSE(key.verifies("This is an example message!\n", note.signatures[0].signature));
}

TEST(SignedNote, WhatWasSignedOpensAndNothingElse) {
  const SigningKey key = test_key();
  const Checkpoint head{key.name(), 17, root_of_ones()};
  const std::string note = key.sign(head);
  EXPECT_EQ(*open_checkpoint(note, key.verifier()), head);
  for (std::size_t i = 0; i < note.size(); ++i) {
    std::string changed = note;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(open_checkpoint(changed, key.verifier())) << i;
    EXPECT_FALSE(open_checkpoint(note.substr(0, i), key.verifier())) << i;
  }
  EXPECT_FALSE(open_checkpoint(note, SigningKey::from_seed(std::string(kSeedBytes, 'x'))->verifier()));
}

TEST(SignedNote, SignaturesOfOthersAreSkipped) {
  const SigningKey key = test_key(), other = *SigningKey::from_seed(std::string(kSeedBytes, 'w'), "witness.example.org");
  const std::string note = key.sign({key.name(), 17, root_of_ones()});
  const std::string text = note.substr(0, note.find("\n\n") + 2), witness = other.sign({key.name(), 17, root_of_ones()}).substr(text.size());
  EXPECT_TRUE(open_checkpoint(text + witness + note.substr(text.size()), key.verifier()));
  EXPECT_FALSE(open_checkpoint(text + witness, key.verifier()));
  const std::string wrong = key.sign({key.name(), 18, root_of_ones()}).substr(text.size());
  EXPECT_FALSE(open_checkpoint(note + wrong, key.verifier())) << "one of ours does not hold";
}

TEST(SignedNote, ExtensionsAreSkippedAndEmptyLinesAreNot) {
  const std::string base = checkpoint_text({"log", 3, root_of_ones()});
  EXPECT_EQ(parse_checkpoint_text(base + "more\n")->size, 3U);
  EXPECT_FALSE(parse_checkpoint_text(base + "\n"));
  EXPECT_FALSE(parse_checkpoint_text(base + "no end"));
  for (const char* const size : {"03", "-1", "", "1x", "18446744073709551616", "9223372036854775808"}) EXPECT_FALSE(parse_checkpoint_text("log\n" + std::string(size) + "\n" + base.substr(6))) << size;
  EXPECT_FALSE(parse_checkpoint_text("log\n3\nAAAA\n"));
}

TEST(SignedNote, AKeyIsTheOneOfItsHash) {
  std::string text = test_key().verifier().text();
  EXPECT_TRUE(VerifierKey::parse(text));
  text.back() = text.back() == 'A' ? 'B' : 'A';
  EXPECT_FALSE(VerifierKey::parse(text));
  for (const char* const wrong : {"", "+", "a+b", "a+00000000+", "a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "++"}) EXPECT_FALSE(VerifierKey::parse(wrong)) << wrong;
  EXPECT_FALSE(SigningKey::from_seed("short"));
  EXPECT_FALSE(SigningKey::from_seed(std::string(kSeedBytes, 'k'), "a name"));
}

TEST(SignedNote, AListEndsWhereANoteIsTorn) {
  const SigningKey key = test_key();
  const std::string one = key.sign({key.name(), 1, root_of_ones()}), two = key.sign({key.name(), 2, root_of_ones()}), list = one + "\n" + two + "\n";
  for (std::size_t size = 0; size <= list.size(); ++size) {
    const NoteList whole = split_notes(std::string_view(list).substr(0, size));
    ASSERT_EQ(whole.notes.size(), (size == list.size() ? 2U : size > one.size() ? 1U : 0U)) << size;
    if (!whole.notes.empty()) {
      EXPECT_EQ(whole.notes[0], one);
    }
    EXPECT_EQ(whole.whole_bytes, whole.notes.size() == 2 ? list.size() : whole.notes.size() == 1 ? one.size() + 1 : 0U);
  }
}

TEST(SignedNote, Base64IsThatWhichIsWritten) {
  for (const char* const text : {"", "AA==", "AAA=", "AAAA", "/+8="}) EXPECT_EQ(base64_of(*from_base64(text)), text);
  for (const char* const text : {"A", "AB==", "AA=", "AA", "AA==A", "A A=", "AAAA\n", "-_8="}) EXPECT_FALSE(from_base64(text)) << text;
}

}  // namespace
}  // namespace tocsin::audit
