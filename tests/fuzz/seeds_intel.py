#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Seeds for the list readers: seeds_intel.py FOLDER. A small list of each format, and patterns of every kind."""
import json
import os
import sys

PATTERNS = [
    "[ipv4-addr:value = '198.51.100.7' OR domain-name:value = 'bad.example']",
    "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '198.51.100.7' AND network-traffic:dst_port IN (80, 443)]",
    "([url:value LIKE 'http://bad.example/a%'] OR [x509-certificate:hashes.'SHA-1' = 'da39a3ee5e6b4b0d3255bfef95601890afd80709']) WITHIN 5 SECONDS",
    "[domain-name:value = 'it\\'s' AND (file:hashes.'SHA-256' = 'aa' OR EXISTS a:b[*].c)] FOLLOWEDBY [ipv6-addr:value ISSUBSET '2001:db8::/32'] "
    "START t'2026-01-01T00:00:00Z' STOP t'2026-02-01T00:00:00Z'",
]
INDICATOR = {"type": "indicator", "spec_version": "2.1", "id": "indicator--1", "created": "2026-01-02T03:04:05.000Z",
             "modified": "2026-01-02T03:04:05.000Z", "pattern_type": "stix", "valid_from": "2026-01-02T00:00:00Z", "confidence": 80,
             "object_marking_refs": ["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]}
STIX = {"type": "bundle", "id": "bundle--1", "objects": [dict(INDICATOR, id=f"indicator--{i}", pattern=p) for i, p in enumerate(PATTERNS)] + [
    {"type": "intrusion-set", "id": "intrusion-set--1", "name": "X"},
    {"type": "relationship", "relationship_type": "indicates", "source_ref": "indicator--1", "target_ref": "intrusion-set--1"}]}
MISP = {"response": [{"Event": {
    "info": "x", "date": "2026-01-01", "Orgc": {"name": "CERT"}, "Tag": [{"name": "tlp:red"}, {"name": 'misp-galaxy:threat-actor="X"'}],
    "Attribute": [{"type": t, "value": v, "to_ids": True, "Tag": [{"name": 'haetae:confidence="70"'}]} for t, v in (
        ("ip-dst", "198.51.100.7"), ("ip-dst|port", "198.51.100.7|443"), ("domain|ip", "bad.example|198.51.100.7"), ("url", "http://bad.example/"))],
    "Object": [{"name": "ip-port", "Attribute": [{"type": "ip-dst", "value": "198.51.100.8", "to_ids": True},
                                                 {"type": "port", "object_relation": "dst-port", "value": "80"}]}]}}]}
SEEDS = {
    "intel_csv": "value,type,match,actor,last_seen,confidence,ports,note\nbad.example,domain,suffix,X,2026-01,80,,\"a, b\"\n"
                 "198.51.100.7,ipv4,exact,X,2026-01-02,50,80|443,\n198.51.100.0/24,cidr,cidr,X,,,,\n",
    "intel_plain": "# list\nhxxp://bad[.]example/x\n198.51.100.7:443\n*.worse.example\n0.0.0.0 ads.example\n[2001:db8::1]:80\n",
    "intel_maltrail": "# Reference: https://r.example/\nbad.example\n198.51.100.7\n/path\nbad.example/x.php\n",
    "intel_dataset": "YmFkLmV4YW1wbGU=\n198.51.100.7\nd41d8cd98f00b204e9800998ecf8427e,5\n",
    "intel_iprep": "198.51.100.7,1,100\n198.51.100.0/24,2,50\n",
    "intel_warninglist": json.dumps([
        {"list": ["192.0.2.0/24", "2001:db8::/32"], "name": "Shared", "description": "d", "type": "cidr", "reference": "https://r.example/"},
        {"name": "Parents", "type": "hostname", "haetae-category": "lawful", "matching_attributes": ["domain"],
         "list": ["pages.example", "*.b\u00fccher.example", 1]},
        {"type": "string", "list": ["http://bad.example/a", "198.51.100.7"]}, {"type": "regex", "list": ["/a+/"]}]),
    "intel_stix": json.dumps(STIX),
    "intel_misp": json.dumps(MISP),
}


def main():
    for name, text in SEEDS.items():
        folder = os.path.join(sys.argv[1], name)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "seed"), "w", encoding="utf-8") as out:
            out.write(text)
    folder = os.path.join(sys.argv[1], "stix_pattern")
    os.makedirs(folder, exist_ok=True)
    for i, pattern in enumerate(PATTERNS):
        with open(os.path.join(folder, f"seed{i}"), "w", encoding="utf-8") as out:
            out.write(pattern)


if __name__ == "__main__":
    main()
