#!/usr/bin/env python3
"""Writes captures for the tests of flows: the same bytes each time, from nothing but the standard library.

    captures.py mix [--sessions N] [--format pcap|pcap-be|pcap-ns|pcapng] [--link ethernet|vlan|qinq|raw|sll|sll2|null] [--big BYTES] FILE

A mix has, for each of N sessions, in turn: a TCP connection that ends well and carries HTTP, one that is refused, one that nobody answers, one that is reset, a TLS connection, DNS over
UDP (A, AAAA, TXT, MX, CNAME, a name that is not there), DNS over TCP in two segments, an ICMP echo, and a third of all over IPv6. Addresses are of RFC 5737 and RFC 3849, names of RFC 2606.
--big adds a download of so many bytes. On standard output: how many flows there are, as JSON. --expect FILE: what each direction of each has, one line each: source, port, destination, port, protocol, packets, bytes of IP;
of ICMP without ports."""
import argparse
import ipaddress
import json
import struct
import sys

START = 1_772_439_330_000_000  # 2026-03-02T08:15:30Z, in microseconds
LINKS = {"ethernet": 1, "vlan": 1, "qinq": 1, "raw": 101, "sll": 113, "sll2": 276, "null": 0}


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packed(address):
    return ipaddress.ip_address(address).packed


def ip(source, destination, protocol, payload, number=1):
    a, b = packed(source), packed(destination)
    if len(a) == 4:
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), number & 0xFFFF, 0x4000, 64, protocol, 0, a, b)
        return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload
    return struct.pack("!IHBB16s16s", 6 << 28, len(payload), protocol, 64, a, b) + payload


def with_sum(source, destination, protocol, segment, at):
    a, b = packed(source), packed(destination)
    pseudo = a + b + (struct.pack("!BBH", 0, protocol, len(segment)) if len(a) == 4 else struct.pack("!IHBB", len(segment), 0, 0, protocol))
    return segment[:at] + struct.pack("!H", checksum(pseudo + segment) or 0xFFFF) + segment[at + 2:]


def udp(source, sport, destination, dport, data):
    segment = struct.pack("!HHHH", sport, dport, 8 + len(data), 0) + data
    return ip(source, destination, 17, with_sum(source, destination, 17, segment, 6))


def icmp_echo(source, destination, reply, number):
    v6 = ":" in source
    kind = (129 if reply else 128) if v6 else (0 if reply else 8)
    message = struct.pack("!BBHHH", kind, 0, 0, 7, number) + b"x" * 32
    if v6:
        return ip(source, destination, 58, with_sum(source, destination, 58, message, 2))
    return ip(source, destination, 1, message[:2] + struct.pack("!H", checksum(message)) + message[4:])


FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


class Tcp:
    """One connection; its packets go to `out`, a function of (source is client, bytes)."""

    def __init__(self, client, cport, server, sport, out):
        self.ends = ((client, cport), (server, sport))
        self.next = [1000, 500_000]
        self.out = out

    def send(self, side, flags, data=b""):
        (a, p), (b, q) = self.ends[side], self.ends[1 - side]
        ack = self.next[1 - side] if flags & ACK else 0
        segment = struct.pack("!HHIIBBHHH", p, q, self.next[side] & 0xFFFFFFFF, ack & 0xFFFFFFFF, 5 << 4, flags, 65535, 0, 0) + data
        self.out(ip(a, b, 6, with_sum(a, b, 6, segment, 16)))
        self.next[side] += len(data) + (1 if flags & (SYN | FIN) else 0)

    def open(self):
        self.send(0, SYN)
        self.send(1, SYN | ACK)
        self.send(0, ACK)

    def say(self, side, data, size=1400):
        for at in range(0, len(data), size):
            self.send(side, ACK | PSH, data[at:at + size])
            self.send(1 - side, ACK)

    def close(self):
        self.send(0, FIN | ACK)
        self.send(1, FIN | ACK)
        self.send(0, ACK)


def name(text):
    return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".") if part) + b"\0"


def dns(number, query, qtype, answers=(), rcode=0, reply=False):
    """`answers`: (type, data); their names point at the question."""
    flags = (0x8180 | rcode) if reply else 0x0100
    message = struct.pack("!HHHHHH", number & 0xFFFF, flags, 1, len(answers), 0, 0) + name(query) + struct.pack("!HH", qtype, 1)
    for kind, data in answers:
        message += struct.pack("!HHHIH", 0xC00C, kind, 1, 300, len(data)) + data
    return message


def client_hello(server):
    host = server.encode()
    sni = struct.pack("!HBH", len(host) + 3, 0, len(host)) + host
    extensions = struct.pack("!HH", 0, len(sni)) + sni
    groups = struct.pack("!HHH", 4, 0x001D, 0x0017)
    extensions += struct.pack("!HH", 10, len(groups)) + groups
    extensions += struct.pack("!HHBB", 11, 2, 1, 0)
    extensions += struct.pack("!HHBHH", 43, 5, 4, 0x0304, 0x0303)
    ciphers = struct.pack("!HHHH", 0x1301, 0x1302, 0xC02B, 0xC02F)
    body = b"\x03\x03" + bytes(range(32)) + b"\0" + struct.pack("!H", len(ciphers)) + ciphers + b"\x01\0" + struct.pack("!H", len(extensions)) + extensions
    handshake = b"\x01" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack("!H", len(handshake)) + handshake


def mix(sessions, big, out, pause):
    flows = 0
    for i in range(sessions):
        v6 = i % 3 == 2
        client = "2001:db8::%x" % (i % 200 + 1) if v6 else "192.0.2.%d" % (i % 200 + 1)
        server = "2001:db8:1::%x" % (i % 50 + 1) if v6 else "198.51.100.%d" % (i % 50 + 1)
        resolver = "2001:db8:2::53" if v6 else "203.0.113.53"
        port = 20_000 + i * 16 % 40_000

        web = Tcp(client, port, server, 80, out)
        web.open()
        web.say(0, b"GET /page%d?q=1 HTTP/1.1\r\nHost: www%d.example.org\r\nUser-Agent: probe/1.0\r\nReferer: http://example.net/\r\n\r\n" % (i, i))
        web.say(1, b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2000\r\n\r\n" + b"y" * 2000)
        web.close()
        pause()
        refused = Tcp(client, port + 1, server, 8443, out)
        refused.send(0, SYN)
        refused.send(1, RST | ACK)
        pause()
        silent = Tcp(client, port + 2, server, 23, out)
        silent.send(0, SYN)
        pause()
        reset = Tcp(client, port + 3, server, 5432, out)
        reset.open()
        reset.say(0, b"hello")
        reset.send(1, RST)
        pause()
        tls = Tcp(client, port + 4, server, 443, out)
        tls.open()
        tls.say(0, client_hello("secure%d.example.com" % i))
        tls.say(1, b"\x15\x03\x03\x00\x02\x02\x28")
        tls.close()
        pause()
        questions = [
            (1, "host%d.example.com" % i, [(1, packed("192.0.2.77"))], 0),
            (28, "host%d.example.com" % i, [(28, packed("2001:db8::77"))], 0),
            (16, "txt%d.example.net" % i, [(16, b"\x0bhello world")], 0),
            (15, "mail%d.example.org" % i, [(15, struct.pack("!H", 10) + name("mx.example.org"))], 0),
            (1, "alias%d.example.org" % i, [(5, name("real.example.org")), (1, packed("192.0.2.78"))], 0),
            (1, "missing%d.example.org" % i, [], 3),
        ]
        for k, (qtype, query, answers, rcode) in enumerate(questions):
            out(udp(client, port + 5 + k, resolver, 53, dns(i * 8 + k, query, qtype)))
            out(udp(resolver, 53, client, port + 5 + k, dns(i * 8 + k, query, qtype, answers, rcode, True)))
            pause()
        over_tcp = Tcp(client, port + 12, resolver, 53, out)
        over_tcp.open()
        question = dns(i * 8 + 7, "zone%d.example.net" % i, 1)
        over_tcp.say(0, struct.pack("!H", len(question)) + question, 10)
        answer = dns(i * 8 + 7, "zone%d.example.net" % i, 1, [(1, packed("192.0.2.79"))], 0, True)
        over_tcp.say(1, struct.pack("!H", len(answer)) + answer, 25)
        over_tcp.close()
        pause()
        for number in range(2):
            out(icmp_echo(client, server, False, number))
            out(icmp_echo(server, client, True, number))
        pause()
        flows += 5 + len(questions) + 2
    if big:
        load = Tcp("192.0.2.250", 60_000, "198.51.100.250", 80, out)
        load.open()
        load.say(0, b"GET /big HTTP/1.1\r\nHost: download.example.org\r\n\r\n")
        load.say(1, b"HTTP/1.1 200 OK\r\n\r\n" + b"z" * big)
        load.close()
        flows += 1
    return flows


def framed(link, packet):
    v6 = packet[0] >> 4 == 6
    kind = struct.pack("!H", 0x86DD if v6 else 0x0800)
    macs = bytes.fromhex("020000000002020000000001")
    if link == "ethernet":
        return macs + kind + packet
    if link == "vlan":
        return macs + struct.pack("!HH", 0x8100, 42) + kind + packet
    if link == "qinq":
        return macs + struct.pack("!HHHH", 0x88A8, 7, 0x8100, 42) + kind + packet
    if link == "raw":
        return packet
    if link == "sll":
        return struct.pack("!HHH8s", 0, 1, 6, macs[6:] + b"\0\0") + kind + packet
    if link == "sll2":
        return kind + struct.pack("!HIHBB8s", 0, 1, 1, 0, 6, macs[6:] + b"\0\0") + packet
    return struct.pack("<I", 10 if v6 else 2) + packet


def ends(packet):
    """Source, port, destination, port, protocol and bytes of an IP packet of ours."""
    v6 = packet[0] >> 4 == 6
    protocol, head, (a, b) = (packet[6], 40, (packet[8:24], packet[24:40])) if v6 else (packet[9], 20, (packet[12:16], packet[16:20]))
    ports = struct.unpack("!HH", packet[head:head + 4]) if protocol in (6, 17) else (0, 0)
    return (str(ipaddress.ip_address(a)), ports[0], str(ipaddress.ip_address(b)), ports[1], protocol), len(packet)


class Writer:
    def __init__(self, file, form, link):
        self.counts = {}
        self.file, self.form, self.link, self.time = file, form, link, START
        kind = LINKS[link]
        if form == "pcapng":
            self.block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
            self.block(1, struct.pack("<HHI", kind, 0, 262_144) + struct.pack("<HHB3xHH", 9, 1, 6, 0, 0))
        else:
            magic = 0xA1B23C4D if form == "pcap-ns" else 0xA1B2C3D4
            file.write(struct.pack((">" if form == "pcap-be" else "<") + "IHHiIII", magic, 2, 4, 0, 0, 262_144, kind))

    def block(self, kind, body):
        body += b"\0" * (-len(body) % 4)
        size = 12 + len(body)
        self.file.write(struct.pack("<II", kind, size) + body + struct.pack("<I", size))

    def packet(self, packet):
        key, size = ends(packet)
        packets, total = self.counts.get(key, (0, 0))
        self.counts[key] = (packets + 1, total + size)
        frame = framed(self.link, packet)
        self.time += 200
        if self.form == "pcapng":
            self.block(6, struct.pack("<IIIII", 0, self.time >> 32, self.time & 0xFFFFFFFF, len(frame), len(frame)) + frame)
            return
        part = self.time % 1_000_000 * (1000 if self.form == "pcap-ns" else 1)
        self.file.write(struct.pack((">" if self.form == "pcap-be" else "<") + "IIII", self.time // 1_000_000, part, len(frame), len(frame)) + frame)

    def pause(self):
        self.time += 1_000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["mix"])
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--format", choices=["pcap", "pcap-be", "pcap-ns", "pcapng"], default="pcap")
    parser.add_argument("--link", choices=sorted(LINKS), default="ethernet")
    parser.add_argument("--big", type=int, default=0)
    parser.add_argument("--expect")
    parser.add_argument("file")
    options = parser.parse_args()
    with open(options.file, "wb") as file:
        writer = Writer(file, options.format, options.link)
        flows = mix(options.sessions, options.big, writer.packet, writer.pause)
    if options.expect:
        with open(options.expect, "w") as file:
            file.writelines(" ".join(map(str, key + count)) + "\n" for key, count in sorted(writer.counts.items()))
    json.dump({"flows": flows}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
