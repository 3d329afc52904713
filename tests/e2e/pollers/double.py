"""Doubles of the APIs that are polled, built from their public descriptions: GitHub's audit log, Okta's System Log, Microsoft Graph's sign-ins and directory audits, the Office 365
Management Activity API, Google's Reports API, and S3 with CloudTrail's files. One HTTP server on loopback for all.

  double.py FOLDER SEED        writes FOLDER/port, makes events until FOLDER/stop is there, then writes FOLDER/expected.json ({poller: [event, ...]}) and serves on

It checks what a request carries (tokens, the signature of AWS, the assertion of Google), cuts lists into pages, lets events come late and at equal times, and fails by chance: 429 and 500, answers that are cut, that
never come, that are no JSON, tokens that are withdrawn. What it saw is in FOLDER/seen.json: requests, faults, and requests that no client should make.
"""
import base64
import collections
import gzip
import hashlib
import hmac
import http.server
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
import urllib.parse

FOLDER, SEED = sys.argv[1], int(sys.argv[2])
TENANT, ORG, BUCKET = "11111111-2222-3333-4444-555555555555", "acme", "trails"
PREFIX = "AWSLogs/123456789012/CloudTrail/eu-central-1/"
LATE_S = 15
chance = random.Random(SEED)
lock = threading.RLock()
seen = collections.Counter()
wrong = []
tokens = {}  # token: when it ends
snapshots = []


def stamp(seconds, fraction=True):
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return text + (".%03dZ" % (int(seconds * 1000) % 1000) if fraction else "Z")


def instant(text):
    match = re.fullmatch(r"(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)(\.\d+)?Z?", text)
    import calendar
    return calendar.timegm(tuple(map(int, match.groups()[:6]))) + float(match.group(7) or 0)


def odd_json(value):
    """As no library writes it, so that who writes it anew is caught."""
    text = json.dumps(value, ensure_ascii=chance.random() < 0.5, separators=chance.choice([(",", ":"), (", ", ": "), (" ,\t", " : ")]))
    return text.replace("/", "\\/") if chance.random() < 0.3 else text


class Source:
    """Events of one API in the order in which they became visible."""

    def __init__(self, name):
        self.name, self.events = name, []  # (time, id, text)

    def add(self, time_of, number, text):
        self.events.append((time_of, number, text))


github, okta, signins, audits, google = (Source(name) for name in ("github", "okta", "signins", "audits", "google"))
blobs, objects = [], []  # (listed from, created, id, [event]) and (key, bytes)
m365_events, trail_events = {}, {}


def make_events(number):
    now = time.time()
    when = lambda: int(now) - chance.randrange(LATE_S) if chance.random() < 0.4 else now - chance.random()
    name = lambda: chance.choice(["Zoë", "a\"b", "line\nfeed", "plain", "tab\tbed", "back\\slash"])
    for _ in range(chance.randrange(4)):
        t = when()
        number += 1
        github.add(t, number, odd_json({"@timestamp": int(t * 1000), "_document_id": "gh%d" % number, "action": "repo.create", "actor": name(), "n": [{"x": number}]}))
        okta.add(t, number, odd_json({"uuid": "ok-%d" % number, "published": stamp(t), "eventType": "user.session.start", "actor": {"displayName": name()}}))
        signins.add(t, number, odd_json({"id": "si-%d" % number, "createdDateTime": stamp(t), "userPrincipalName": "u@example.org", "appDisplayName": name()}))
        audits.add(t, number, odd_json({"id": "da-%d" % number, "activityDateTime": stamp(t), "activityDisplayName": name()}))
        google.add(t, number, odd_json({"kind": "admin#reports#activity", "id": {"time": stamp(t), "uniqueQualifier": str(-number), "applicationName": "login", "customerId": "C1"}, "events": [name()]}))
    if chance.random() < 0.5:
        events = []
        for _ in range(chance.randrange(1, 30)):
            number += 1
            m365_events["m%d" % number] = text = odd_json({"Id": "m%d" % number, "CreationTime": stamp(now, False)[:-1], "Operation": name()})
            events.append(text)
        if m365_events and chance.random() < 0.2:
            events.append(chance.choice(list(m365_events.values())))  # the same event in two blobs
        created = now - chance.random()
        blobs.append((now + chance.choice([0, 0, chance.random() * LATE_S]), created, "blob$%d" % number, events))
    if chance.random() < 0.3:
        records = []
        for _ in range(chance.choice([0, 1, 40, 2600]) if chance.random() < 0.1 else chance.randrange(1, 40)):
            number += 1
            trail_events["t%d" % number] = text = odd_json({"eventVersion": "1.08", "eventID": "t%d" % number, "eventTime": stamp(now, False), "eventName": name()})
            records.append(text)
        minute = now - chance.choice([0, 0, 60])
        key = PREFIX + time.strftime("%Y/%m/%d/123456789012_CloudTrail_eu-central-1_%Y%m%dT%H%MZ_", time.gmtime(minute)) + "%08x" % chance.randrange(1 << 32) + ".json.gz"
        objects.append((key, gzip.compress(("{\"Records\":[%s]}" % ",".join(records)).encode())))
        objects.sort()
    return number


def world():
    number = 0
    while not os.path.exists(FOLDER + "/stop"):
        with lock:
            number = make_events(number)
        time.sleep(0.1)
    with lock:
        all_events = {s.name: [text for _, _, text in s.events] for s in (github, okta, signins, audits, google)}
        all_events["m365"], all_events["trail"] = list(m365_events.values()), list(trail_events.values())
        with open(FOLDER + "/expected.new", "w") as out:
            json.dump(all_events, out)
        os.rename(FOLDER + "/expected.new", FOLDER + "/expected.json")


def modulus():
    text = subprocess.run(["openssl", "rsa", "-in", FOLDER + "/google.pem", "-noout", "-modulus"], capture_output=True, text=True, check=True).stdout
    return int(text.strip().split("=")[1], 16)


def is_assertion(assertion, audience):
    head, claims, signature = assertion.split(".")
    decode = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    said = json.loads(decode(claims))
    n = modulus()
    size = (n.bit_length() + 7) // 8
    digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256((head + "." + claims).encode()).digest()
    block = b"\x00\x01" + b"\xff" * (size - 3 - len(digest)) + b"\x00" + digest
    good = pow(int.from_bytes(decode(signature), "big"), 65537, n) == int.from_bytes(block, "big")
    return good and json.loads(decode(head))["alg"] == "RS256" and said["iss"] == "poller@example.iam" and said["sub"] == "admin@example.org" and said["aud"] == audience and \
        said["scope"] == "https://www.googleapis.com/auth/admin.reports.audit.readonly" and abs(said["iat"] - time.time()) < 300 and said["exp"] <= said["iat"] + 3600


def is_signed(method, target, headers):
    match = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/(\d{8})/eu-central-1/s3/aws4_request,SignedHeaders=([a-z0-9;-]+),Signature=([0-9a-f]{64})", headers.get("Authorization", ""))
    if not match or headers["x-amz-date"][:8] != match.group(1):
        return False
    path, _, query = target.partition("?")
    canonical_query = "&".join(sorted(part if "=" in part else part + "=" for part in query.split("&") if part))
    names = match.group(2).split(";")
    canonical = "\n".join([method, path, canonical_query] + [name + ":" + headers[name].strip() for name in names] + ["", match.group(2), headers["x-amz-content-sha256"]])
    to_sign = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], match.group(1) + "/eu-central-1/s3/aws4_request", hashlib.sha256(canonical.encode()).hexdigest()])
    key = b"AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    for part in (match.group(1), "eu-central-1", "s3", "aws4_request", to_sign):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex() == match.group(3) and "host" in names and "x-amz-date" in names


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        body = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def refuse(self, status, why):
        wrong.append("%s %s: %s" % (self.command, self.path, why))
        self.answer(status, "{}")

    def fault(self):
        """By chance something goes wrong; True if the answer is given."""
        roll = chance.random()
        seen["requests"] += 1
        if roll > 0.12:
            return False
        seen["faults"] += 1
        if roll < 0.02:
            self.answer(429, "{}", Retry_After="1")
        elif roll < 0.04:
            self.answer(500, "oops")
        elif roll < 0.06:
            self.answer(429, "{}", X_RateLimit_Remaining="0", X_RateLimit_Reset=str(int(time.time()) + 1))
        elif roll < 0.08:
            self.answer(200, "<html>a proxy's page</html>")
        elif roll < 0.10:
            self.close_connection = True  # without a word
        else:
            self.cut = True
            return False
        return True

    cut = False

    def give(self, body, **headers):
        body = body.encode() if isinstance(body, str) else body
        if not self.cut:
            return self.answer(200, body, **headers)
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) + 10))
        self.end_headers()
        self.wfile.write(body[:len(body) // 2])
        self.close_connection = True

    def bearer(self):
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if tokens.get(token, 0) > time.time() and chance.random() > 0.01:
            return True
        seen["refused tokens"] += 1
        if token not in tokens:
            wrong.append("an unknown token at " + self.path)
        self.answer(401, "{}")
        return False

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        with lock:
            form = dict(urllib.parse.parse_qsl(body))
            if self.path == "/token":
                good = form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer" and is_assertion(form["assertion"], "http://" + self.headers["Host"] + "/token")
            elif self.path == "/%s/oauth2/v2.0/token" % TENANT:
                good = form["grant_type"] == "client_credentials" and form["client_id"] == "app-1" and form["client_secret"] == "entra~secret&1" and form["scope"] in (
                    "https://graph.microsoft.com/.default", "https://manage.office.com/.default")
            elif self.path.startswith("/api/v1.0/%s/activity/feed/subscriptions/start?contentType=Audit.General" % TENANT):
                if self.bearer() and not self.fault():
                    self.answer(*chance.choice([(200, "{\"status\":\"enabled\"}"), (400, "{\"error\":{\"code\":\"AF20024\",\"message\":\"The subscription is already enabled.\"}}")]))
                return
            else:
                return self.refuse(404, "no such address")
            if not good:
                return self.refuse(400, "not a good request for a token")
            token = "tok%d" % chance.randrange(1 << 60)
            tokens[token] = time.time() + 65
            self.answer(200, json.dumps({"access_token": token, "expires_in": 65, "token_type": "Bearer"}))

    def do_GET(self):
        with lock:
            path, _, query = self.path.partition("?")
            asked = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
            if path in ("/orgs/%s/audit-log" % ORG, "/organizations/42/audit-log"):
                self.github(asked)
            elif path == "/api/v1/logs":
                self.okta(asked)
            elif path == "/v1.0/auditLogs/signIns":
                self.graph(signins, "createdDateTime", path, asked)
            elif path == "/v1.0/auditLogs/directoryAudits":
                self.graph(audits, "activityDateTime", path, asked)
            elif path == "/admin/reports/v1/activity/users/all/applications/login":
                self.google(asked)
            elif path.startswith("/api/v1.0/%s/activity/feed/" % TENANT):
                self.m365(path, asked)
            elif path == "/" + BUCKET or path.startswith("/%s/" % BUCKET):
                self.s3(path, asked)
            else:
                self.refuse(404, "no such address")

    def github(self, asked):
        if self.headers.get("Authorization") != "Bearer github_pat_11AAA":
            return self.refuse(401, "another token")
        if self.fault():
            return
        phrase = asked["phrase"]
        low, _, high = phrase.removeprefix("created:").removeprefix(">=").partition("..")
        after = tuple(map(int, asked["after"].split("_"))) if "after" in asked else (0, 0)
        inside = sorted((int(t * 1000), n, text) for t, n, text in github.events if t >= instant(low) and (not high or t < instant(high) + 1))
        rest = [e for e in inside if e[:2] > after]
        page, more = rest[:7], len(rest) > 7
        headers = {"X_RateLimit_Remaining": "100", "X_RateLimit_Reset": str(int(time.time()) + 3600)}
        if more:
            link = urllib.parse.urlencode({**asked, "after": "%d_%d" % page[-1][:2]})
            headers["Link"] = "<http://%s/organizations/42/audit-log?%s>; rel=\"next\", <http://%s/organizations/42/audit-log?%s>; rel=\"first\"" % (self.headers["Host"], link, self.headers["Host"], "x=1")
        self.give("[%s]" % " ,\n".join(text for _, _, text in page), **headers)

    def okta(self, asked):
        if self.headers.get("Authorization") != "SSWS 00okta":
            return self.refuse(401, "another token")
        if self.fault():
            return
        since = instant(asked["since"])
        at = int(asked.get("after", "0"))
        page = [(n, e) for n, e in enumerate(okta.events) if n >= at and e[0] >= since][:9]
        after = page[-1][0] + 1 if page else max(at, 0)
        link = "http://%s/api/v1/logs?%s" % (self.headers["Host"], urllib.parse.urlencode({**asked, "after": after}))
        self.give("[%s]" % ",".join(e[2] for _, e in page), Link="<http://%s/api/v1/logs>; rel=\"self\", <%s>; rel=\"next\"" % (self.headers["Host"], link), X_Rate_Limit_Remaining="50")

    def graph(self, source, field, path, asked):
        if not self.bearer() or self.fault():
            return
        if "$skiptoken" in asked:
            snapshot, at = map(int, asked["$skiptoken"].split("_"))
            events = snapshots[snapshot]
        else:
            match = re.fullmatch(r"%s ge (\S+)(?: and %s le (\S+))?" % (field, field), asked["$filter"])
            low, high = instant(match.group(1)), instant(match.group(2)) if match.group(2) else None
            events = sorted(((t, n, text) for t, n, text in source.events if t >= low and (high is None or t <= high)), reverse=True)
            snapshots.append(events)
            snapshot, at = len(snapshots) - 1, 0
        link = "http://%s%s?%s" % (self.headers["Host"], path, urllib.parse.urlencode({**asked, "$skiptoken": "%d_%d" % (snapshot, at + 8)}))
        more = ", \"@odata.nextLink\": %s" % json.dumps(link) if at + 8 < len(events) else ""
        self.give("{\"@odata.context\":\"x\",\"value\":[%s]%s}" % (",".join(e[2] for e in events[at:at + 8]), more))

    def google(self, asked):
        if not self.bearer() or self.fault():
            return
        if "pageToken" in asked:
            snapshot, at = map(int, asked["pageToken"].split("/"))
            events = snapshots[snapshot]
        else:
            low, high = instant(asked["startTime"]), instant(asked["endTime"]) if "endTime" in asked else None
            events = sorted(((t, n, text) for t, n, text in google.events if t >= low and (high is None or t <= high)), reverse=True)
            snapshots.append(events)
            snapshot, at = len(snapshots) - 1, 0
        more = ",\"nextPageToken\":\"%d\\/%d\"" % (snapshot, at + 10) if at + 10 < len(events) else ""
        items = ",\"items\":[%s]" % ",".join(e[2] for e in events[at:at + 10]) if events else ""
        self.give("{\"kind\":\"admin#reports#activities\",\"etag\":\"x\"%s%s}" % (items, more))

    def m365(self, path, asked):
        if not self.bearer() or self.fault():
            return
        if path.endswith("/subscriptions/content"):
            low, high = instant(asked["startTime"]), instant(asked["endTime"])
            if high - low > 86_400 or low < time.time() - 7 * 86_400:
                return self.refuse(400, "more than a day, or too long ago")
            at = int(asked.get("nextPage", "0"))
            listed = [b for b in blobs if b[0] <= time.time() and low <= b[1] < high]
            item = lambda b: odd_json({"contentUri": "http://%s/api/v1.0/%s/activity/feed/audit/%s" % (self.headers["Host"], TENANT, b[2]), "contentId": b[2], "contentType": "Audit.General", "contentCreated": stamp(b[1])})
            headers = {}
            if at + 5 < len(listed):
                headers["NextPageUri"] = "http://%s%s?%s" % (self.headers["Host"], path, urllib.parse.urlencode({**asked, "nextPage": at + 5}))
            return self.give("[%s]" % ",".join(map(item, listed[at:at + 5])), **headers)
        found = [b for b in blobs if path.endswith("/audit/" + b[2])]
        if not found:
            return self.refuse(404, "no such blob")
        self.give("[%s]" % ",".join(found[0][3]))

    def s3(self, path, asked):
        if not is_signed("GET", self.path, self.headers):
            return self.refuse(403, "not signed by the key")
        if self.fault():
            return
        if path == "/" + BUCKET:
            if asked.get("list-type") != "2" or asked["prefix"] != PREFIX:
                return self.refuse(400, "not the list that is allowed")
            rest = [key for key, _ in objects if key > asked["start-after"] and key.startswith(PREFIX)]
            contents = "".join("<Contents><Key>%s</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;x&quot;</ETag><Size>1</Size></Contents>" % urllib.parse.quote_plus(key) for key in rest[:3])
            return self.give("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>trails</Name><Prefix/><KeyCount>%d</KeyCount><IsTruncated>%s</IsTruncated>%s</ListBucketResult>"
                             % (min(3, len(rest)), "true" if len(rest) > 3 else "false", contents))
        found = [body for key, body in objects if urllib.parse.unquote(path) == "/%s/%s" % (BUCKET, key)]
        if not found:
            return self.refuse(404, "no such object")
        self.give(found[0], **({"Content_Encoding": "gzip"} if chance.random() < 0.5 else {}))


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=world, daemon=True).start()
    with open(FOLDER + "/port.new", "w") as out:
        out.write(str(server.server_port))
    os.rename(FOLDER + "/port.new", FOLDER + "/port")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while True:
        time.sleep(0.2)
        with lock, open(FOLDER + "/seen.new", "w") as out:
            json.dump({**seen, "wrong": wrong}, out)
        os.rename(FOLDER + "/seen.new", FOLDER + "/seen.json")


main()
