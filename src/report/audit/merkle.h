// The arithmetic of the audit log's tree (RFC 6962, section 2.1; verification as in RFC 9162, 2.1.3.2 and 2.1.4.2): hashes of leaves and nodes, the root of so many leaves, a proof that a leaf is in a tree and that
// a tree is the beginning of a larger one, and the check of both. Nothing is kept here: what makes proofs asks for hashes of complete subtrees, which never change once they are there. Pure, any thread.
//
//   Frontier tree;                                      // grows by a leaf at a time
//   tree.add(leaf_hash(leaf));
//   const Hash root = tree.root();
//   const std::vector<Hash> proof = TRY(inclusion_proof(3, tree.size(), subtree));
//   TRY(check_inclusion(leaf_hash(leaf), 3, tree.size(), proof, root));
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"

namespace tocsin::audit {

using Hash = Sha256;

/// Hashes of the longest proof of inclusion: of a tree of 2^63 leaves. One of consistency has one more.
inline constexpr std::size_t kProofHashesMax = 64;

/// SHA-256 over 0x00 and the leaf; over 0x01 and both nodes. So no leaf can be taken for a node.
Hash leaf_hash(std::string_view leaf);
Hash node_hash(const Hash& left, const Hash& right);
/// Of no leaf at all: SHA-256 of nothing.
Hash empty_root();

/// A tree that grows at its end: of n leaves it keeps the roots of the complete subtrees, one for each bit of n.
class Frontier {
 public:
  void add(const Hash& leaf);
  std::uint64_t size() const { return size_; }
  Hash root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> roots_;  // the largest first
};

/// The root of the leaves from index * 2^level on, 2^level of them, all of which are there.
using Subtree = std::function<Result<Hash>(unsigned level, std::uint64_t index)>;

/// What `subtree` fails with, or kInvalid where there is no such tree.
Result<Hash> root_of(std::uint64_t size, const Subtree& subtree);
/// That leaf `index` is in the tree of the first `size`; from the leaf upwards. kInvalid unless index < size.
Result<std::vector<Hash>> inclusion_proof(std::uint64_t index, std::uint64_t size, const Subtree& subtree);
/// That the tree of the first `before` leaves is the beginning of that of `size`. kInvalid unless 0 < before <= size.
Result<std::vector<Hash>> consistency_proof(std::uint64_t before, std::uint64_t size, const Subtree& subtree);

/// kInvalid with what does not fit. A tree without a leaf has none, and is the beginning of no tree.
Status check_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, std::span<const Hash> proof, const Hash& root);
Status check_consistency(std::uint64_t before, std::uint64_t size, const Hash& root_before, const Hash& root, std::span<const Hash> proof);

}  // namespace tocsin::audit
