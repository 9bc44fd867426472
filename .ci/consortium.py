#!/usr/bin/env python3
"""Three brokers share datasets/spring-2025 as tokens; what each hears is read by others (stix2, pymisp).

    .ci/consortium.py ITOGUCHI WORK

ITOGUCHI is the program, WORK a folder that does not exist. Start it in the folder of the repository.
"""

import json
import subprocess
import sys
import warnings
from pathlib import Path

import stix2
from pymisp import MISPEvent

BROKERS = ["NOMURA", "RAKUTEN", "SBI"]
CASE = "datasets/spring-2025"
POLICY = "policies/consortium.toml"
NOW = ["--as-of", "2025-05-01T00:00:00Z"]


def run(program, *words):
    subprocess.run([program, "--quiet", *map(str, words)], check=True, stdout=subprocess.DEVNULL)


def shared(program, work):
    """The result over bundles."""
    times = ["--from", "2025-04-01T00:00:00Z", "--until", "2025-06-01T00:00:00Z"]
    run(program, "share", "keys", work / "keys", "--epoch", "ci", *times)
    for broker in BROKERS:
        place = work / broker
        ours = ["--broker", broker, "--private", place, "--policy", POLICY, *NOW]
        request, response = work / f"{broker}.request", work / f"{broker}.response"
        run(program, "share", "request", CASE, *ours, "--epoch", work / "keys/ci.epoch.json", "--out", request)
        run(program, "share", "evaluate", request, "--keys", work / "keys", "--policy", POLICY, *NOW, "--out", response)
        run(program, "share", "prepare", CASE, *ours, "--response", response, "--out", work / f"{broker}.bundle")
    bundles = [work / f"{broker}.bundle" for broker in BROKERS]
    run(program, "correlate", *bundles, "--out", work / "out", *NOW)
    run(program, "verify", work / "out")
    return work / "out"


def pseudonyms(work, broker):
    tables = (work / broker).glob(f"pseudonyms-{broker}-*.csv")
    return {line.split(",")[0] for table in tables for line in table.read_text().splitlines()[1:]}


def check(work, broker):
    """What `broker` hears: rings, own accounts, objects."""
    told = work / f"to-{broker}"
    disclosure = json.loads((told / "disclosure.json").read_text())
    own = {account["pseudonym"] for ring in disclosure["rings"] for account in ring["own"]}
    assert own and own <= pseudonyms(work, broker), f"{broker}: accounts that are not its own"
    bundle = stix2.parse((told / "stix.json").read_text(), allow_custom=True)
    users = [o for o in bundle.objects if o["type"] == "user-account"]
    assert {u["user_id"] for u in users} == {f"{broker}/{p}" for p in own}, f"{broker}: STIX has other accounts"
    event = MISPEvent()
    event.load_file(str(told / "misp.json"), validate=False)
    accounts = [o for o in event.objects if o.name == "bank-account"]
    assert {o.get_attributes_by_relation("account")[0].value for o in accounts} == own, f"{broker}: MISP has others"
    text = "".join(f.read_text() for f in told.iterdir())
    for other in BROKERS:
        assert other == broker or not any(p in text for p in pseudonyms(work, other)), f"{other}'s in {told}"
    print(f"{broker}: {len(disclosure['rings'])} rings, {len(own)} own accounts, "
          f"{len(bundle.objects)} STIX objects, {len(event.attributes)} MISP attributes")
    return {ring["ring_id"] for ring in disclosure["rings"]}


def main(program, work):
    warnings.simplefilter("ignore")
    work = Path(work)
    work.mkdir()
    out = shared(program, work)
    for broker in BROKERS:
        run(program, "share", "disclose", out, "--to", broker, "--policy", POLICY, "--out", work / f"to-{broker}")
    told = [check(work, broker) for broker in BROKERS]
    assert set.intersection(*told), "no ring that all three hear of"


main(*sys.argv[1:])
