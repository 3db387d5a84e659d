#!/usr/bin/env python3
"""Makes testdata/api/operations.json: what the tests need of section 4 of AN12642.

Reads the application note's section 4 as data (`operations.json`: method, path, query, status and the
document's own example bodies) and keeps what the catalogue is compared with.

usage: api_samples.py ../shared/an12642/operations.json > testdata/api/operations.json
"""
import json
import sys


def sample(operation):
    kept = ("sections", "method", "path", "paged", "success", "response_type")
    out = {key: operation[key] for key in kept}
    # "status=ACTIVE|REVOKED|ALL" and "algorithm (mandatory for ...)" name one parameter each.
    out["query"] = [q.split("=")[0].split(" ")[0] for q in operation["query"]]
    out["examples"] = [
        {key: example[key] for key in ("section", "request", "response") if key in example}
        for example in operation["examples"]
    ]
    return out


with open(sys.argv[1], encoding="utf-8") as document:
    operations = json.load(document)["operations"]
json.dump([sample(o) for o in operations], sys.stdout, indent=1, ensure_ascii=False)
print()
