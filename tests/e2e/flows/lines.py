#!/usr/bin/env python3
"""Reads `tocsin normalize --format fields` of a capture from standard input, and writes what captures.sh compares: one of conn (as captures.py --expect), paths, protocols, community, dns, http, ssl, all."""
import json
import sys


def conn(line):
    icmp = line["proto"] == "icmp"
    ports = (0, 0) if icmp else (line["id.orig_p"], line["id.resp_p"])
    number = {"tcp": 6, "udp": 17}.get(line["proto"], 58 if ":" in line["id.orig_h"] else 1)
    ends = (line["id.orig_h"], ports[0], line["id.resp_h"], ports[1], number, line["orig_pkts"], line["orig_ip_bytes"])
    back = (ends[2], ends[3], ends[0], ends[1], number, line["resp_pkts"], line["resp_ip_bytes"])
    return [" ".join(map(str, side)) for side in (ends, back) if side[5]]


def main():
    what = sys.argv[1]
    for text in sys.stdin:
        event = json.loads(text)
        line = event["fields"]
        path = line["_path"]
        if what == "all":
            print(json.dumps(line, sort_keys=True))
        elif what == "paths":
            print(path)
        elif what == "conn" and path == "conn":
            print(*conn(line), sep="\n")
        elif what == "protocols" and path == "conn":
            print(line["proto"])
        elif what == "community" and path == "conn":
            print(line["community_id"])
        elif what == "dns" and path == "dns":
            print(line["query"], line["qtype"], sep="\t")
        elif what == "http" and path == "http":
            print(line["host"], line["uri"], sep="\t")
        elif what == "ssl" and path == "ssl":
            print(line["server_name"], line["ja3"], sep="\t")


if __name__ == "__main__":
    main()
