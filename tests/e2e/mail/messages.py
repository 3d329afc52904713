"""Mails for mail.sh, and what Python's own `email` package finds in them: a reader that has nothing in common with the program's.

messages.py make FOLDER COUNT    writes COUNT mails made up by a fixed seed, and odd ones, as FOLDER/*.eml, a Maildir and a mailbox
messages.py check FILE…          reads what `tocsin normalize --format fields` says of mails on standard input and compares it with what is in FILEs
messages.py sink PORT FOLDER     a small SMTP server that keeps what it gets in FOLDER/new
"""
import email
import email.header
import email.headerregistry
import email.message
import email.policy
import email.utils
import hashlib
import json
import mailbox
import os
import random
import socketserver
import sys

WORDS = ["invoice", "café", "Ελλάδα", "日本語", "данные", "naïve", "order 7", "a, b; c", '"quoted"']
ODD = [
    b"From: a@example.org\nTo: b@example.org\nMessage-ID: <odd-1@example.org>\nSubject: no end of the multipart\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Disposition: attachment; filename=a.bin\nContent-Transfer-Encoding: base64\n\nAAEC\n",
    b"From: a@example.org\r\nTo: b@example.org\r\nMessage-ID: <odd-2@example.org>\r\nSubject: CRLF\r\nContent-Type: multipart/mixed; boundary=\"x y\"\r\n\r\n--x y\r\nContent-Disposition: attachment; filename=\"a b.txt\"\r\n\r\ntwo\r\nlines\r\n\r\n--x y--\r\n",
    b"From: a@example.org\nTo: b@example.org\nMessage-ID: <odd-3@example.org>\nSubject: only a header\n\n",
    b"From: a@example.org\nTo: b@example.org\nMessage-ID: <odd-4@example.org>\nSubject: raw \xc3\xa4\n\nx\n",
    b"From: A (comment (nested)) <a@example.org>\nTo: group: b@example.org, c@example.org;\nMessage-ID: <odd-5@example.org>\nSubject: =?utf-8?q?split_?=\n =?utf-8?q?words?=\n\nx\n",
    b"From: a@example.org\nTo: b@example.org\nMessage-ID: <odd-6@example.org>\nSubject: inner boundary looks like the outer\nContent-Type: multipart/mixed; boundary=ab\n\n--ab\nContent-Type: multipart/mixed; boundary=abc\n\n--abc\nContent-Disposition: attachment; filename=i\n\nin\n--abc--\n--ab\nContent-Disposition: attachment; filename=o\n\nout\n--ab--\n",
    b"From: a@example.org\nTo: b@example.org\nMessage-ID: <odd-7@example.org>\nSubject: blanks behind the boundary\nContent-Type: multipart/mixed; boundary=x\n\n--x  \nContent-Disposition: attachment; filename=a\n\n1\n--x-- \nepilogue\n--x\n",
]


def made(rng, number):
    mail = email.message.EmailMessage()
    name = lambda: rng.choice(WORDS)
    mail["Message-ID"] = f"<{number}@example.net>"
    mail["From"] = email.headerregistry.Address(name(), "ann", "example.net") if rng.random() < 0.8 else "ann@example.net"
    mail["To"] = [email.headerregistry.Address(name(), f"u{i}", "example.org") for i in range(rng.randint(1, 20))]
    mail["Subject"] = " ".join(name() for _ in range(rng.randint(1, 30)))
    mail["Date"] = email.utils.format_datetime(email.utils.parsedate_to_datetime("Mon, 2 Mar 2026 08:15:30 +0100"))
    text = "\n".join(rng.choice(["hello", "From here on", "-- ", "--x", "см. https://example.com/" + str(rng.randint(1, 9)), ""]) for _ in range(rng.randint(0, 20)))
    mail.set_content(text, cte=rng.choice(["base64", "quoted-printable", "8bit"]))
    if rng.random() < 0.5:
        mail.add_alternative(f'<p>x <a href="https://h{rng.randint(1, 9)}.example/?a=1&amp;b=2">click</a></p>', subtype="html")
    for i in range(rng.choice([0, 0, 1, 2, 5])):
        if rng.random() < 0.3:
            mail.add_attachment("\n".join(name() for _ in range(rng.randint(0, 50))), filename=f"{name().replace(chr(34), '')}.txt", cte=rng.choice(["base64", "quoted-printable"]))
        else:
            mail.add_attachment(rng.randbytes(rng.choice([0, 1, 57, 3000, 100_000])), maintype="application", subtype="octet-stream", filename=f"{name().replace(chr(34), '')}.bin")
    if rng.random() < 0.1:
        mail.add_attachment(made(rng, f"{number}.inner"))
    return mail


def make(folder, count):
    rng = random.Random(20260302)
    mails = [made(rng, i).as_bytes(policy=email.policy.default if i % 2 else email.policy.SMTP) for i in range(count)] + ODD
    box = mailbox.Maildir(os.path.join(folder, "maildir"))
    with open(os.path.join(folder, "mailbox"), "wb") as joined:
        for number, raw in enumerate(mails):
            with open(os.path.join(folder, f"{number:05}.eml"), "wb") as out:
                out.write(raw)
            box.add(raw)
            # As servers write it: lines that look like the beginning of a mail are quoted.
            raw = raw.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ")
            joined.write(b"From ann@example.net Mon Mar  2 08:15:30 2026\n" + raw + (b"" if raw.endswith(b"\n") else b"\n") + b"\n")


def decoded(value):
    return str(email.header.make_header(email.header.decode_header(value))) if value else ""


def plain(value):
    """As the program shows it: bytes that are no UTF-8 as U+FFFD."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def addresses(mail, field):
    return [plain(address) for _, address in email.utils.getaddresses([str(value).replace("\n", "") for value in mail.get_all(field, [])]) if address]


def leaves(mail, first=True):
    if mail.get_content_type() == "message/rfc822" and not first:
        yield mail
    elif mail.is_multipart() and mail.get_content_maintype() == "multipart":
        for part in mail.get_payload():
            yield from leaves(part, False)
    elif not mail.is_multipart():
        yield mail


def seen(mail):
    """One mail, and those attached to it before it."""
    found, attachments = [], []
    for part in leaves(mail):
        name = part.get_filename()
        name = decoded(email.utils.collapse_rfc2231_value(name)) if name else ""
        if part.get_content_type() == "message/rfc822":
            found += seen(part.get_payload(0))
            attachments.append((name, None, None))
        elif part.get_content_disposition() == "attachment" or name or part.get_content_maintype() != "text":
            data = part.get_payload(decode=True) or b""
            attachments.append((name, len(data), hashlib.sha256(data).hexdigest()))
    return found + [{
        "id": mail["Message-ID"].strip(),
        # As it stands: what mail["Subject"] gives has lost bytes that are no ASCII.
        # Blanks between words and encoded words are Python's own.
        "subject": " ".join(plain(decoded(next(value for name, value in mail.raw_items() if name.lower() == "subject"))).split()),
        "from": addresses(mail, "From"),
        "to": addresses(mail, "To"),
        "names": sorted(name for name, _, _ in attachments if name),
        "sizes": sorted(size for _, size, _ in attachments if size is not None),
        "hashes": sorted(digest for _, _, digest in attachments if digest),
        "mails": sum(1 for _, size, _ in attachments if size is None),
    }]


def told(event):
    fields = event["fields"]

    def all_of(name):
        values = fields.get("email." + name, [])
        return values if isinstance(values, list) else [values]

    sizes, hashes, types = all_of("attachments.file.size"), all_of("attachments.file.hash.sha256"), all_of("attachments.file.mime_type")
    files = [i for i, kind in enumerate(types) if kind != "message/rfc822"]
    return {
        "id": all_of("message_id")[0], "subject": " ".join("".join(all_of("subject")).split()), "from": all_of("from.address"), "to": all_of("to.address"), "names": sorted(all_of("attachments.file.name")),
        "sizes": sorted(int(sizes[i]) for i in files), "hashes": sorted(hashes[i] for i in files), "mails": len(types) - len(files),
    }


def check(files):
    wanted = []
    for path in files:
        with open(path, "rb") as raw:
            wanted += seen(email.message_from_bytes(raw.read()))
    got = [told(json.loads(line)) for line in sys.stdin]
    order = lambda one: (one["id"], json.dumps(one, sort_keys=True))
    wanted.sort(key=order)
    got.sort(key=order)
    wrong = [(a, b) for a, b in zip(wanted, got) if a != b]
    for a, b in wrong[:3]:
        print("python:", {k: v for k, v in a.items() if v != b[k] or k == "id"}, "\ntocsin:", {k: v for k, v in b.items() if v != a[k] or k == "id"})
    print(f"{len(got)} of {len(wanted)} mails, {len(wrong)} differ; {sum(len(one['hashes']) for one in got)} attachments")
    return 0 if len(got) == len(wanted) and not wrong else 1


class Sink(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs to leave a mail."""

    def handle(self):
        say = lambda line: self.wfile.write(line + b"\r\n")
        say(b"220 mx.example.org")
        for line in self.rfile:
            verb = line.strip().upper()
            if verb == b"DATA":
                say(b"354 go on")
                text = b""
                for line in self.rfile:
                    if line == b".\r\n":
                        break
                    text += line[1:] if line.startswith(b".") else line
                self.server.box.add(text.replace(b"\r\n", b"\n"))
            if verb == b"QUIT":
                say(b"221 bye")
                return
            say(b"250 ok")


def sink(port, folder):
    socketserver.TCPServer.allow_reuse_address = True
    with socketserver.TCPServer(("127.0.0.1", port), Sink) as server:
        server.box = mailbox.Maildir(folder)
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    verb, *rest = sys.argv[1:]
    if verb == "make":
        make(rest[0], int(rest[1]))
    elif verb == "check":
        sys.exit(check(rest))
    else:
        sink(int(rest[0]), rest[1])
