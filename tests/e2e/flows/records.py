#!/usr/bin/env python3
"""Reads the records of `tocsin search --sql 'SELECT raw …'` from standard input and writes them as captures.py --expect does, sorted: each direction of each flow, its packets and bytes of IP.

    records.py VERSION [both]      those of this version of NetFlow; both: those that have both directions in one"""
import json
import sys


def main():
    version, both = int(sys.argv[1]), len(sys.argv) > 2
    lines = {}
    for line in sys.stdin:
        record = json.loads(json.loads(line)["raw"])
        if record["exportProtocolVersion"] != version or both != any(name.startswith("reverse") for name in record):
            continue
        source = record.get("sourceIPv4Address") or record.get("sourceIPv6Address")
        destination = record.get("destinationIPv4Address") or record.get("destinationIPv6Address")
        protocol = record["protocolIdentifier"]
        ports = (record["sourceTransportPort"], record["destinationTransportPort"]) if protocol in (6, 17) else (0, 0)
        sides = [(source, ports[0], destination, ports[1], protocol, record["packetDeltaCount"], record["octetDeltaCount"])]
        if record.get("reversePacketDeltaCount"):
            sides.append((destination, ports[1], source, ports[0], protocol, record["reversePacketDeltaCount"], record["reverseOctetDeltaCount"]))
        for side in sides:
            packets, size = lines.get(side[:5], (0, 0))
            lines[side[:5]] = (packets + side[5], size + side[6])
    for key, count in sorted(lines.items()):
        print(*(key + count))


if __name__ == "__main__":
    main()
