#!/usr/bin/env python3
"""bench/mix.py DATA FOLDER: what bench_load sends as a mix of ten sources. Recorded lines are taken from DATA (windows-events, cloudtrail, loghub);
the rest is made up, 20,000 lines each, always the same. Writes FOLDER/NAME.ndjson, sent to _bulk, and FOLDER/NAME.log, sent as syslog over TCP."""
import gzip, json, pathlib, random, subprocess, sys

LINES = 20_000
WORDS = "index login api/v1/items static/app.js images/logo.png search admin cart about products/42 favicon.ico".split()
AGENTS = ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/140.0", "curl/8.5.0", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)")
dice = random.Random(20261130)


def inside():
    return f"10.{dice.randrange(4)}.{dice.randrange(256)}.{dice.randrange(1, 255)}"


def outside():
    return f"{dice.choice(('192.0.2', '198.51.100', '203.0.113'))}.{dice.randrange(1, 255)}"


def port():
    return dice.choice((22, 25, 53, 80, 443, 443, 443, 445, 3389, 8443)) if dice.random() < 0.5 else dice.randrange(1024, 65536)


def access():
    return (f'web-1 nginx: {outside()} - - [30/Nov/2026:10:00:00 +0000] "GET /{dice.choice(WORDS)}?id={dice.randrange(10**6)} HTTP/1.1" '
            f'{dice.choice((200, 200, 200, 304, 404, 500))} {dice.randrange(50_000)} "-" "{dice.choice(AGENTS)}"')


def asa():
    number = dice.randrange(10**6)
    if dice.random() < 0.7:
        return (f"fw-1 %ASA-6-302013: Built outbound TCP connection {number} for outside:{outside()}/{port()} ({outside()}/{port()}) "
                f"to inside:{inside()}/{port()} ({outside()}/{port()})")
    return f'fw-1 %ASA-4-106023: Deny tcp src outside:{outside()}/{port()} dst inside:{inside()}/{port()} by access-group "outside_in" [0x0, 0x0]'


def fortigate():
    return (f'date=2026-11-30 time=10:00:00 devname="fgt-1" devid="FG100F0000000001" logid="0000000013" type="traffic" subtype="forward" level="notice" '
            f'vd="root" srcip={inside()} srcport={port()} srcintf="lan" dstip={outside()} dstport={port()} dstintf="wan1" policyid={dice.randrange(40)} '
            f'sessionid={dice.randrange(10**7)} proto=6 action="{dice.choice(("accept", "close", "deny"))}" service="HTTPS" sentbyte={dice.randrange(10**6)} '
            f'rcvdbyte={dice.randrange(10**7)} duration={dice.randrange(600)}')


def audit():
    return (f"app-1 audispd: type=SYSCALL msg=audit(1796032800.{dice.randrange(1000):03}:{dice.randrange(10**6)}): arch=c000003e syscall=59 success=yes exit=0 "
            f'ppid={dice.randrange(30_000)} pid={dice.randrange(30_000)} auid=1000 uid=0 gid=0 euid=0 tty=pts0 ses=3 comm="{dice.choice(("ls", "id", "curl", "systemctl"))}" '
            f'exe="/usr/bin/{dice.choice(("ls", "id", "curl", "systemctl"))}" key="exec"')


def eve():
    return json.dumps({"timestamp": "2026-11-30T10:00:00.000000+0000", "flow_id": dice.randrange(10**15), "in_iface": "eth0", "event_type": "dns",
                       "src_ip": inside(), "src_port": port(), "dest_ip": outside(), "dest_port": 53, "proto": "UDP",
                       "dns": {"type": "query", "id": dice.randrange(65536), "rrname": f"host{dice.randrange(5000)}.example.org", "rrtype": "A", "tx_id": 0}})


def conn():
    return json.dumps({"_path": "conn", "ts": 1796032800.5, "uid": f"C{dice.randrange(10**12):x}", "id.orig_h": inside(), "id.orig_p": port(), "id.resp_h": outside(),
                       "id.resp_p": port(), "proto": "tcp", "service": "ssl", "duration": dice.random() * 60, "orig_bytes": dice.randrange(10**5),
                       "resp_bytes": dice.randrange(10**6), "conn_state": "SF", "history": "ShADadFf", "orig_pkts": dice.randrange(500), "resp_pkts": dice.randrange(500)})


def cloudtrail(data):
    for path in sorted((data / "cloudtrail").rglob("*")):
        if not path.is_file() or not path.name.endswith((".json", ".json.gz")):
            continue
        opener = gzip.open if path.name.endswith(".gz") else open
        with opener(path, "rt", encoding="utf-8") as file:
            text = file.read()
        try:
            records = json.loads(text)
        except json.JSONDecodeError:
            records = [json.loads(line) for line in text.splitlines() if line.strip()]
        records = records.get("Records", [records]) if isinstance(records, dict) else records
        yield from (json.dumps(record) for record in records if isinstance(record, dict))


def loghub(data, system):
    """Without the time at the front: bench_load puts one there."""
    for line in (data / "loghub" / system / f"{system}_2k.log").read_text(encoding="utf-8", errors="replace").splitlines():
        yield line[16:] if system in ("OpenSSH", "Linux") else f"web-2 apache: {line}"


def windows(data):
    for path in sorted((data / "windows-events").glob("*.ndjson.zst"))[:4]:
        yield from subprocess.run(["zstd", "-qdc", str(path)], check=True, capture_output=True).stdout.decode().splitlines()


def main():
    data, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    made = {"access.log": access, "asa.log": asa, "fortigate.log": fortigate, "audit.log": audit, "eve.ndjson": eve, "conn.ndjson": conn}
    recorded = {"windows.ndjson": windows(data), "cloudtrail.ndjson": cloudtrail(data), "sshd.log": loghub(data, "OpenSSH"), "linux.log": loghub(data, "Linux")}
    for name, make in made.items():
        (folder / name).write_text("".join(make() + "\n" for _ in range(LINES)), encoding="utf-8")
    for name, lines in recorded.items():
        (folder / name).write_text("".join(line + "\n" for line in lines), encoding="utf-8")


if len(sys.argv) != 3:
    sys.exit(__doc__)
main()
