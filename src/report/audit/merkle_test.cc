#include "report/audit/merkle.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

namespace tocsin::audit {
namespace {

std::vector<Hash> leaves(std::uint64_t count) {
  std::vector<Hash> hashes;
  for (std::uint64_t i = 0; i < count; ++i) hashes.push_back(leaf_hash(fmt::format("leaf {}", i)));
  return hashes;
}

/// MTH as RFC 6962, 2.1, says it, word for word.
Hash naive_root(std::span<const Hash> leaves) {
  if (leaves.empty()) return sha256("");
  if (leaves.size() == 1) return leaves.front();
  std::size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  return node_hash(naive_root(leaves.first(k)), naive_root(leaves.subspan(k)));
}

Subtree subtrees_of(const std::vector<Hash>& leaves) {
  return [&leaves](unsigned level, std::uint64_t index) -> Result<Hash> {
    const std::uint64_t size = std::uint64_t{1} << level;
    EXPECT_LE((index + 1) * size, leaves.size()) << "only complete ones are asked for";
    return naive_root(std::span(leaves).subspan(index * size, size));
  };
}

std::string hex(const Hash& hash) {
  std::string text;
  append_hex(text, hash, hash.size());
  return text;
}

/// RFC 6962 has no numbers; these are SHA-256 of one byte 0, of nothing, and of 1 and two such leaves, by sha256sum.
TEST(Merkle, LeavesAndNodesAreToldApart) {
  EXPECT_EQ(hex(leaf_hash("")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(hex(empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_NE(node_hash(leaf_hash("a"), leaf_hash("b")), leaf_hash("ab"));
}

TEST(Merkle, ATreeThatGrowsHasTheRootOfItsLeaves) {
  const std::vector<Hash> all = leaves(130);
  Frontier tree;
  for (std::uint64_t size = 0;; ++size) {
    const Hash root = naive_root(std::span(all).first(size));
    EXPECT_EQ(tree.root(), root) << size;
    EXPECT_EQ(*root_of(size, subtrees_of(all)), root) << size;
    EXPECT_EQ(tree.size(), size);
    if (size == all.size()) break;
    tree.add(all[size]);
  }
}

/// Every proof of small trees holds, and no other one does: not for another place, size, leaf or root, not with a hash changed, left out or added.
TEST(Merkle, ProofsOfInclusionHoldForWhatTheyAreOf) {
  const std::vector<Hash> all = leaves(40);
  for (std::uint64_t size = 1; size <= all.size(); ++size) {
    const Hash root = naive_root(std::span(all).first(size));
    for (std::uint64_t index = 0; index < size; ++index) {
      std::vector<Hash> proof = *inclusion_proof(index, size, subtrees_of(all));
      EXPECT_TRUE(check_inclusion(all[index], index, size, proof, root)) << index << " in " << size;
      EXPECT_FALSE(check_inclusion(all[(index + 1) % all.size()], index, size, proof, root));
      EXPECT_FALSE(check_inclusion(all[index], size, size, proof, root));
      EXPECT_FALSE(check_inclusion(all[index], index, size, proof, empty_root()));
      for (std::uint64_t other = 0; other < size; ++other) {
        if (other == index) continue;
        EXPECT_FALSE(check_inclusion(all[index], other, size, proof, root)) << other << " for " << index << " in " << size;
      }
      for (Hash& hash : proof) {
        hash[7] ^= 1;
        EXPECT_FALSE(check_inclusion(all[index], index, size, proof, root));
        hash[7] ^= 1;
      }
      proof.push_back(root);
      EXPECT_FALSE(check_inclusion(all[index], index, size, proof, root));
      if (proof.size() < 2) continue;
      proof.resize(proof.size() - 2);
      EXPECT_FALSE(check_inclusion(all[index], index, size, proof, root));
    }
  }
  EXPECT_FALSE(inclusion_proof(3, 3, subtrees_of(all)));
}

TEST(Merkle, ProofsOfConsistencyHoldForWhatTheyAreOf) {
  const std::vector<Hash> all = leaves(40);
  std::vector<Hash> roots;
  for (std::uint64_t size = 0; size <= all.size(); ++size) roots.push_back(naive_root(std::span(all).first(size)));
  for (std::uint64_t size = 1; size <= all.size(); ++size) {
    for (std::uint64_t before = 1; before <= size; ++before) {
      std::vector<Hash> proof = *consistency_proof(before, size, subtrees_of(all));
      EXPECT_TRUE(check_consistency(before, size, roots[before], roots[size], proof)) << before << " of " << size;
      EXPECT_FALSE(check_consistency(before, size, roots[before - 1], roots[size], proof));
      EXPECT_FALSE(check_consistency(before, size, roots[before], roots[size - 1], proof));
      for (Hash& hash : proof) {
        hash[31] ^= 0x80;
        EXPECT_FALSE(check_consistency(before, size, roots[before], roots[size], proof)) << before << " of " << size;
        hash[31] ^= 0x80;
      }
      proof.push_back(roots[size]);
      EXPECT_FALSE(check_consistency(before, size, roots[before], roots[size], proof));
      if (proof.size() < 2) continue;
      proof.resize(proof.size() - 2);
      EXPECT_FALSE(check_consistency(before, size, roots[before], roots[size], proof));
    }
  }
  EXPECT_FALSE(consistency_proof(0, 3, subtrees_of(all)));
  EXPECT_FALSE(consistency_proof(4, 3, subtrees_of(all)));
  EXPECT_FALSE(check_consistency(0, 3, roots[0], roots[3], {})) << "everything begins with nothing, so it would show nothing";
}

TEST(Merkle, WhoCannotReadItsHashesSaysSo) {
  const Subtree broken = [](unsigned, std::uint64_t) -> Result<Hash> { return Error{Code::kIo, "the disk is gone"}; };
  EXPECT_EQ(root_of(3, broken).error().code, Code::kIo);
  EXPECT_EQ(inclusion_proof(1, 3, broken).error().code, Code::kIo);
  EXPECT_EQ(consistency_proof(2, 3, broken).error().code, Code::kIo);
}

}  // namespace
}  // namespace tocsin::audit
