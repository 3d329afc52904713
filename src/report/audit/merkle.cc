#include "report/audit/merkle.h"

#include <fmt/format.h>

#include <bit>

namespace tocsin::audit {

namespace {

Hash prefixed(char prefix, std::string_view a, std::string_view b) {
  std::string bytes;
  bytes.reserve(1 + a.size() + b.size());
  bytes += prefix;
  bytes.append(a).append(b);
  return sha256(bytes);
}

std::string_view bytes_of(const Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

/// A range of leaves and the subtrees that it is made of.
struct Range {
  std::uint64_t from = 0, to = 0;

  std::uint64_t size() const { return to - from; }
  /// Where the left half ends: at the largest power of two below the size, so that it is complete (RFC 6962's k).
  std::uint64_t middle() const { return from + std::bit_floor(size() - 1); }
};

/// MTH(D[from:to]); `from` is where such a range begins in a tree, so that complete ones are aligned.
Result<Hash> hash_of(Range range, const Subtree& subtree) {
  if (std::has_single_bit(range.size())) {
    const auto level = static_cast<unsigned>(std::countr_zero(range.size()));
    return subtree(level, range.from >> level);
  }
  const Hash left = TRY(hash_of({range.from, range.middle()}, subtree));
  const Hash right = TRY(hash_of({range.middle(), range.to}, subtree));
  return node_hash(left, right);
}

/// PATH(m, D[n]): from the leaf upwards.
Status add_path(std::uint64_t leaf, Range range, const Subtree& subtree, std::vector<Hash>& proof) {
  if (range.size() == 1) return {};
  const Range left{range.from, range.middle()}, right{range.middle(), range.to};
  TRY(add_path(leaf, leaf < left.to ? left : right, subtree, proof));
  proof.push_back(TRY(hash_of(leaf < left.to ? right : left, subtree)));
  return {};
}

/// SUBPROOF(m, D[n], b): `is_known` while the whole range is the tree that the reader knows the root of.
Status add_subproof(std::uint64_t before, Range range, bool is_known, const Subtree& subtree, std::vector<Hash>& proof) {
  if (before == range.to) {
    if (!is_known) proof.push_back(TRY(hash_of(range, subtree)));
    return {};
  }
  const Range left{range.from, range.middle()}, right{range.middle(), range.to};
  if (before <= left.to) {
    TRY(add_subproof(before, left, is_known, subtree, proof));
    proof.push_back(TRY(hash_of(right, subtree)));
    return {};
  }
  TRY(add_subproof(before, right, false, subtree, proof));
  proof.push_back(TRY(hash_of(left, subtree)));
  return {};
}

Error wrong(std::string_view what) { return Error{Code::kInvalid, std::string(what)}; }

constexpr std::string_view kTooShort = "the proof is too short", kTooLong = "the proof has more hashes than the trees have levels", kOther = "the proof leads to another root";

}  // namespace

Hash leaf_hash(std::string_view leaf) { return prefixed('\0', leaf, ""); }
Hash node_hash(const Hash& left, const Hash& right) { return prefixed('\1', bytes_of(left), bytes_of(right)); }
Hash empty_root() { return sha256(""); }

void Frontier::add(const Hash& leaf) {
  Hash hash = leaf;
  for (std::uint64_t whole = size_; (whole & 1) != 0; whole >>= 1) {
    hash = node_hash(roots_.back(), hash);
    roots_.pop_back();
  }
  roots_.push_back(hash);
  ++size_;
}

Hash Frontier::root() const {
  if (roots_.empty()) return empty_root();
  Hash hash = roots_.back();
  for (std::size_t i = roots_.size() - 1; i-- > 0;) hash = node_hash(roots_[i], hash);
  return hash;
}

Result<Hash> root_of(std::uint64_t size, const Subtree& subtree) {
  if (size == 0) return empty_root();
  return hash_of({0, size}, subtree);
}

Result<std::vector<Hash>> inclusion_proof(std::uint64_t index, std::uint64_t size, const Subtree& subtree) {
  if (index >= size) return Error{Code::kInvalid, fmt::format("there is no leaf {} in a tree of {}", index, size)};
  std::vector<Hash> proof;
  TRY(add_path(index, {0, size}, subtree, proof));
  return proof;
}

Result<std::vector<Hash>> consistency_proof(std::uint64_t before, std::uint64_t size, const Subtree& subtree) {
  if (before == 0 || before > size) return Error{Code::kInvalid, fmt::format("a tree of {} leaves is not the beginning of one of {}", before, size)};
  std::vector<Hash> proof;
  TRY(add_subproof(before, {0, size}, true, subtree, proof));
  return proof;
}

Status check_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, std::span<const Hash> proof, const Hash& root) {
  if (index >= size) return Error{Code::kInvalid, fmt::format("there is no leaf {} in a tree of {}", index, size)};
  std::uint64_t node = index, last = size - 1;
  Hash hash = leaf;
  for (const Hash& other : proof) {
    if (last == 0) return wrong(kTooLong);
    if ((node & 1) != 0 || node == last) {
      hash = node_hash(other, hash);
      while ((node & 1) == 0 && node != 0) node >>= 1, last >>= 1;
    } else {
      hash = node_hash(hash, other);
    }
    node >>= 1, last >>= 1;
  }
  if (last != 0) return wrong(kTooShort);
  return hash == root ? Status() : wrong(kOther);
}

Status check_consistency(std::uint64_t before, std::uint64_t size, const Hash& root_before, const Hash& root, std::span<const Hash> proof) {
  if (before == 0 || before > size) return Error{Code::kInvalid, fmt::format("a tree of {} leaves is not the beginning of one of {}", before, size)};
  if (before == size) {
    if (!proof.empty()) return wrong("trees of one size need no proof");
    return root_before == root ? Status() : wrong("trees of one size have two roots");
  }
  std::uint64_t node = before - 1, last = size - 1;
  while ((node & 1) != 0) node >>= 1, last >>= 1;
  if (node != 0 && proof.empty()) return wrong(kTooShort);
  Hash hash_before = node == 0 ? root_before : proof.front(), hash = hash_before;
  for (const Hash& other : node == 0 ? proof : proof.subspan(1)) {
    if (last == 0) return wrong(kTooLong);
    if ((node & 1) != 0 || node == last) {
      hash_before = node_hash(other, hash_before);
      hash = node_hash(other, hash);
      while ((node & 1) == 0 && node != 0) node >>= 1, last >>= 1;
    } else {
      hash = node_hash(hash, other);
    }
    node >>= 1, last >>= 1;
  }
  if (last != 0) return wrong(kTooShort);
  if (hash_before != root_before) return wrong("the proof leads to another root of the earlier tree");
  return hash == root ? Status() : wrong(kOther);
}

}  // namespace tocsin::audit
