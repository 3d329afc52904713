#!/usr/bin/env python3
"""Checks an exported audit log of Tocsin, or a proof of one leaf, with nothing but Python's standard library and this file.

    audit_verify.py FOLDER [--checkpoint FILE]... [--key VKEY]     what `tocsin audit export` wrote, or the folder `audit` of the data
    audit_verify.py --proof FILE --key VKEY                        what `tocsin audit prove` printed

Exits with 0 if all is well, 1 with what was found, 2 for wrong usage, 3 if something cannot be read. The formats: docs/formats/audit.md; the tree: RFC 6962;
checkpoints: C2SP signed-note and tlog-checkpoint; signatures: Ed25519 (RFC 8032)."""
import argparse, base64, datetime, glob, hashlib, json, os, re, sys

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
LINE_MAX, NOTE_MAX = 256 << 10, 16 << 10
sha = lambda b: hashlib.sha256(b).digest()

# Ed25519: points as (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z
ZERO = (0, 1, 1, 0)
def add(p, q):
    a, b, c, d = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P, 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P
def is_small(p):  # eight times it is nothing
    for _ in range(3): p = add(p, p)
    return p[0] % P == 0 and (p[1] - p[2]) % P == 0
def point(raw):
    y, sign = int.from_bytes(raw, "little") & (1 << 255) - 1, raw[31] >> 7
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P: x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - x2) % P or (x == 0 and sign): raise ValueError("the key is no point of the curve")
    if x & 1 != sign: x = P - x
    return x, y, 1, x * y % P
def encoded(p):
    z = pow(p[2], P - 2, P)
    return (p[1] * z % P | (p[0] * z % P & 1) << 255).to_bytes(32, "little")
def table(p):  # all multiples of 16^i
    rows = []
    for _ in range(64):
        row = [ZERO, p]
        for _ in range(14): row.append(add(row[-1], p))
        rows, p = rows + [row], add(row[15], p)
    return rows
def times(rows, n):
    out = ZERO
    for row in rows: out, n = add(out, row[n & 15]), n >> 4
    return out
BASE = table(point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")))
def unbase64(text):
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text: raise ValueError("this is not base64 as it is written")
    return raw
NAME = re.compile(r"[!-*,-~]{1,255}")
class Key:
    def __init__(self, text):
        self.text, parts = text, text.split("+", 2)
        if len(parts) != 3 or not NAME.fullmatch(parts[0]): raise ValueError("a verifier key is NAME+HASH+KEY")
        self.name, raw = parts[0], unbase64(parts[2])
        self.id = sha(self.name.encode() + b"\n" + raw)[:4]
        if len(raw) != 33 or raw[0] != 1 or self.id.hex() != parts[1]: raise ValueError("the hash in the verifier key is not that of its key")
        self.raw = raw[1:]
        a = point(self.raw)
        self.small, self.minus = is_small(a), table((P - a[0], a[1], 1, P - a[3]))
    def verifies(self, text, signature):
        if len(signature) != 64 or self.small: return False
        s = int.from_bytes(signature[32:], "little")
        k = int.from_bytes(hashlib.sha512(signature[:32] + self.raw + text).digest(), "little") % L
        if s >= L: return False
        r = add(times(BASE, s), times(self.minus, k))
        return not is_small(r) and encoded(r) == signature[:32]
def open_note(note, key):
    """(size, root) of a checkpoint that the key has signed."""
    text, gap, lines = note.rpartition("\n\n")
    if not gap or len(note.encode()) > NOTE_MAX or not lines.endswith("\n") or re.search(r"[\x00-\x09\x0b-\x1f]", note): raise ValueError("this is no signed note")
    text, signed, lines = text + "\n", False, lines[:-1].split("\n")
    if len(lines) > 16: raise ValueError("a note has more than 16 signatures")
    for line in lines:
        match = re.fullmatch("\u2014 ([!-*,-~]{1,255}) (\\S+)", line)
        raw = unbase64(match.group(2)) if match else b""
        if len(raw) <= 4: raise ValueError("a line of signatures is none")
        if match.group(1) == key.name and raw[:4] == key.id:
            if not key.verifies(text.encode(), raw[4:]): raise ValueError("the signature does not hold: the checkpoint is not what was signed")
            signed = True
    if not signed: raise ValueError("no signature is of the key " + key.name)
    origin, size, root = text.split("\n")[:3]
    if "\n\n" in text or not re.fullmatch("0|[1-9][0-9]{0,18}", size) or int(size) >= 1 << 63 or len(unbase64(root)) != 32: raise ValueError("this is no checkpoint")
    if origin != key.name: raise ValueError("the checkpoint is of another log than its key")
    return int(size), unbase64(root)
def split_notes(text):
    return re.findall(r"((?:[^\n]+\n)+?\n(?:[^\n]+\n)+)\n", text)
def read_text(path):
    with open(path, encoding="utf-8", newline="") as file: return file.read()
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
def time_of(text):
    if not isinstance(text, str) or not TIME.fullmatch(text): return None
    return datetime.datetime.fromisoformat(text[:-1]).replace(tzinfo=datetime.timezone.utc).timestamp()
def whole(leaf, name):
    if type(leaf.get(name)) is not int or not 0 <= leaf[name] < 2**53: raise ValueError("the leaf has no number '%s'" % name)
    return leaf[name]
def read_leaf(line):
    leaf = json.loads(line.decode())
    if json.dumps(leaf, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode() != line: raise ValueError("the leaf is not canonical JSON (RFC 8785)")
    if not isinstance(leaf, dict) or leaf.get("schema") != "tocsin.audit/1" or time_of(leaf.get("logged")) is None: raise ValueError("the leaf is not of the schema tocsin.audit/1")
    if not isinstance(leaf.get("source"), str) or not isinstance(leaf.get("what"), str) or not leaf["source"] or not leaf["what"] or whole(leaf, "position") == 0: raise ValueError("the leaf does not say what was done")
    return whole(leaf, "n"), time_of(leaf["logged"]), time_of(leaf.get("time")), leaf["source"], whole(leaf, "position")
def root_of(stack):
    out = None
    for _, node in reversed(stack): out = sha(b"\1" + node + out) if out else node
    return out or sha(b"")

def verify_folder(folder, elsewhere, key, find):
    try: there = Key(read_text(os.path.join(folder, "vkey")).split("\n")[0])
    except FileNotFoundError: there = find("vkey is missing")
    except ValueError as error: there = find("vkey: %s" % error)
    if there and key and there.text != key.text: find("the log names another key than the one that was given")
    key, heads, before = key or there, [], 0
    kept = split_notes(read_text(os.path.join(folder, "checkpoints"))) if os.path.exists(os.path.join(folder, "checkpoints")) else []
    for is_kept, note in [(True, n) for n in kept] + [(False, n) for n in elsewhere] if key else []:
        try: size, root = open_note(note, key)
        except ValueError as error: find("a checkpoint%s: %s" % (" kept beside the log" if is_kept else " kept elsewhere", error)); continue
        if is_kept and size < before: find("a checkpoint is over %d leaves, the one before it over %d: an older copy, or checkpoints were exchanged" % (size, before))
        before = max(before, size) if is_kept else before
        heads.append((size, root))
    wanted, roots, stack, n, expected, clock, sources = {size for size, _ in heads}, {0: sha(b"")}, [], 0, 0, None, {}
    files = sorted(glob.glob(os.path.join(glob.escape(folder), "leaves-" + "[0-9]" * 16 + ".ndjson")))
    for at, name in enumerate(files):
        if int(os.path.basename(name)[7:23]) != n: find("%s: where leaf %d should be the next" % (name, n))
        with open(name, "rb") as file: lines = list(iter(lambda: file.readline(LINE_MAX + 2), b""))
        for line in lines:
            if not line.endswith(b"\n"):
                if len(line) > LINE_MAX or at + 1 < len(files): find("%s: a line has no end" % name)
                break
            line = line[:-1]
            try:
                number_there, logged, time, source, position = read_leaf(line)
                if number_there != expected: find("leaf %d says that it is number %d: leaves were taken out, put in or exchanged" % (expected, number_there))
                if clock is not None and logged < clock - 1: find("leaf %d was written before the one before it: the clock was set back" % number_there)
                last, last_time = sources.get(source, (position - 1, None))
                if position != last + 1: find("leaf %d: number %d of source %s follows its number %d" % (number_there, position, source, last))
                if None not in (time, last_time) and time < last_time - 60: find("leaf %d was done before the one before it: the clock was set back" % number_there)
                expected, clock, sources[source] = number_there + 1, logged, (position, time)
            except (ValueError, RecursionError) as error:
                find("leaf %d: %s" % (n, error))
                expected += 1
            node, level, n = sha(b"\0" + line), 0, n + 1
            while stack and stack[-1][0] == level: node, level = sha(b"\1" + stack.pop()[1] + node), level + 1
            stack.append((level, node))
            if n in wanted: roots[n] = root_of(stack)
    good = max([size for size, root in heads if roots.get(size) == root], default=-1)
    for size, root in heads:
        if size > n: find("a checkpoint is over %d leaves, the log has %d: its end was cut off, or it was replaced by an older copy" % (size, n))
        elif roots[size] != root: find("a checkpoint over %d leaves is not of this history%s" % (size, ": two heads were signed" if good >= size else ""))
    print("%d leaves, root %s, %d checkpoints, %d of them kept elsewhere" % (n, base64.b64encode(root_of(stack)).decode(), len(heads), len(elsewhere)))
    if not elsewhere: print("without a checkpoint kept elsewhere it cannot be ruled out that the end was cut off, all was replaced by an older copy, or another history was signed")

def verify_proof(proof, key):
    def fold(index, last, hashes, right):  # RFC 9162, 2.1.3.2 and 2.1.4.2: the roots of the smaller and of the larger tree
        left = right
        for h in hashes:
            if last == 0: raise ValueError("the proof is too long")
            if index & 1 or index == last:
                left, right = sha(b"\1" + h + left), sha(b"\1" + h + right)
                while not index & 1 and index: index, last = index >> 1, last >> 1
            else: right = sha(b"\1" + right + h)
            index, last = index >> 1, last >> 1
        if last: raise ValueError("the proof is too short")
        return left, right
    size, root = open_note(proof["checkpoint"], key)
    n, hashes = proof["n"], [unbase64(h) for h in proof["inclusion"]]
    if type(n) is not int or not 0 <= n < size or fold(n, size - 1, hashes, sha(b"\0" + proof["leaf"].encode()))[1] != root: raise ValueError("the leaf is not in the log of the checkpoint")
    if "older" in proof:
        older, older_root = open_note(proof["older"], key)
        index, last, hashes = older - 1, size - 1, [unbase64(h) for h in proof["consistency"]]
        if older == size or older == 0: good = not hashes and older_root == (root if older else sha(b""))
        else:
            while index & 1: index, last = index >> 1, last >> 1
            good = fold(index, last, hashes[1:] if index else hashes, hashes[0] if index else older_root) == (older_root, root) if hashes else False
        if older > size or not good: raise ValueError("the log of the checkpoint does not go on from that of the older one")
    print("leaf %d is in the log of %d leaves: %s" % (n, size, proof["leaf"]))

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?"); parser.add_argument("--checkpoint", action="append", default=[]); parser.add_argument("--key"); parser.add_argument("--proof")
    options, findings = parser.parse_args(), []
    if bool(options.folder) == bool(options.proof) or options.proof and not options.key: parser.error("give a folder, or --proof and --key")
    try: key = Key(options.key) if options.key else None
    except ValueError as error: parser.error("--key: %s" % error)
    try:
        if options.proof: verify_proof(json.loads(read_text(options.proof)), key)
        else:
            elsewhere = [note for path in options.checkpoint for note in split_notes(read_text(path).rstrip("\n") + "\n\n")]
            if options.checkpoint and not elsewhere: parser.error("--checkpoint: the file holds none")
            os.listdir(options.folder)
            verify_folder(options.folder, elsewhere, key, findings.append)
    except OSError as error: print(error, file=sys.stderr); return 3
    except (ValueError, KeyError, TypeError) as error: findings.append(str(error))
    for finding in findings[:100]: print("found:", finding)
    return 1 if findings else 0
if __name__ == "__main__": sys.exit(main())
