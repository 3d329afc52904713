"""Medallion, the TAXII 2.1 server of the OASIS technical committee, with a data set of ours in memory: server.py FOLDER. Writes its port there. Prints each request."""
import json
import os
import sys

from werkzeug.serving import make_server

import medallion

folder = sys.argv[1]
COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"


def indicator(number, pattern, **more):
    at = "2026-01-%02dT00:00:00.000Z" % number
    return {"type": "indicator", "spec_version": "2.1", "id": "indicator--%08d-1111-4111-8111-111111111111" % number, "created": at, "modified": at, "valid_from": at,
            "name": "a name", "description": "not kept " * 20, "pattern_type": "stix", "pattern": pattern, **more}


objects = [
    indicator(1, "[ipv4-addr:value = '203.0.113.1']", confidence=90),
    indicator(2, "[domain-name:value = 'two.bad.example']"),
    indicator(3, "[ipv4-addr:value = '203.0.113.3']", confidence=90),
    indicator(4, "[ipv4-addr:value = '203.0.113.4']", revoked=True),
    indicator(5, "[ipv4-addr:value = '203.0.113.5']", valid_until="2026-02-01T00:00:00Z"),
    indicator(6, "rule x { condition: true }", pattern_type="yara"),
    indicator(7, "[url:value = 'http://landing.example/x']"),
    {"type": "malware", "spec_version": "2.1", "id": "malware--11111111-1111-4111-8111-111111111111", "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z", "is_family": False, "name": "m"},
]
# The first ones were all added at the same time: only `next` tells one page of them from the next one.
manifest = [{"date_added": "2026-01-10T00:00:00.000%03dZ" % (0 if i < 5 else i), "id": one["id"], "media_type": "application/stix+json;version=2.1", "version": one["modified"]} for i, one in enumerate(objects)]
data = {
    "/discovery": {"title": "A server", "default": "/feeds/", "api_roots": ["/feeds/"]},
    "feeds": {
        "information": {"title": "Feeds", "versions": ["application/taxii+json;version=2.1"], "max_content_length": 104857600},
        "status": [],
        "collections": [
            {"id": COLLECTION, "title": "Indicators", "can_read": True, "can_write": True, "media_types": ["application/stix+json;version=2.1"], "objects": objects, "manifest": manifest},
            {"id": "52892447-4d7e-4f70-b94d-d7f22742ff63", "title": "Not for us", "can_read": False, "can_write": False, "media_types": ["application/stix+json;version=2.1"], "objects": [], "manifest": []},
        ],
    },
}
with open(folder + "/taxii.json", "w") as file:
    json.dump(data, file)

app = medallion.application_instance
medallion.set_config(app, "users", {"users": {"reader": "pass word"}})
medallion.set_config(app, "taxii", {"taxii": {"max_page_size": 3}})
medallion.set_config(app, "backend", {"backend": {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend", "filename": folder + "/taxii.json"}})
medallion.register_blueprints(app)
server = make_server("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0, app)
with open(folder + "/port.new", "w") as file:
    file.write(str(server.server_port))
os.rename(folder + "/port.new", folder + "/port")
server.serve_forever()
