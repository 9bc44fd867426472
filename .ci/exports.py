#!/usr/bin/env python3
"""Puts the exports of a result to the programs they are made for.

    python .ci/exports.py ITOGUCHI OUT

ITOGUCHI is the program, OUT a result folder. Every format is written twice, as it is and redacted, to a folder that goes
away again, and read by networkx, stix2 and pandas. Ends with 1 where a reader sees something else than was meant.
"""

import json
import subprocess
import sys
import tempfile
import xml.dom.minidom
from pathlib import Path

import networkx as nx
import pandas as pd
import pyarrow.parquet as pq
import stix2
from stix2.properties import StringProperty

FORMULA = tuple("=+-@\t\r＝＋－＠")
OWN = ["x-itoguchi-device", "x-itoguchi-security"]


def check(holds, what):
    if not holds:
        sys.exit(f"FAILED: {what}")


def export(program, result, form, path, redact):
    flags = ["--redact"] if redact else []
    command = [program, "--quiet", "export", result, "--format", form, "--out", path, *flags]
    subprocess.run([str(word) for word in command], check=True)
    return path


def graphs(work, i2):
    """GraphML and GEXF have the nodes and edges of the i2 lists, and XML that is well formed."""
    entities = pd.read_csv(i2 / "entities.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    links = pd.read_csv(i2 / "links.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    expected = set(entities["id"]), {(r.from_id, r.to_id, r.id) for r in links.itertuples()}
    check(len(expected[0]) == len(entities) > 0, "entities have ids of their own")
    for name, read in [("graphml", nx.read_graphml), ("gexf", lambda p: nx.read_gexf(p, version="1.3"))]:
        path = work / f"rings.{name}"
        xml.dom.minidom.parse(str(path))
        graph = read(str(path))
        found = set(graph.nodes), set(graph.edges(keys=True)) if graph.is_multigraph() else {
            (u, v, d["id"]) for u, v, d in graph.edges(data=True)
        }
        check(found == expected, f"{name}: nodes and edges are those of the lists")
        bits = [d["bits"] for *_, d in graph.edges(data=True) if "bits" in d]
        check(bits and all(isinstance(b, float) for b in bits), f"{name}: bits are numbers")
    return len(expected[0]), len(expected[1])


def register(objects):
    """Makes our two observables known, by the ids of their extensions."""
    ids = {o["name"]: o["id"] for o in objects if o["type"] == "extension-definition"}
    for name in OWN:
        known = stix2.registry.STIX2_OBJ_MAPS["2.1"]["observables"]
        if name not in known:
            properties = [("value", StringProperty(required=True))]
            stix2.v21.CustomObservable(name, properties, ["value"], ids[name])(type("Own", (), {}))


def bundle(path, redact):
    """The bundle holds by the standard; ids of observables are those that stix2 gives; references are inside."""
    text = path.read_text(encoding="utf-8")
    raw = json.loads(text)["objects"]
    register(raw)
    parsed = stix2.parse(text, allow_custom=True)
    for o in raw:
        # Strictly, one by one. stix2 takes any reference to an observable of ours for a fault: of another type, it is none.
        known = {k: v for k, v in o.items() if k in ("id", "type", "value")} if o["type"] in OWN else {}
        other = json.dumps({k: v for k, v in o.items() if k not in known})
        for name in OWN:
            other = other.replace(f'"{name}--', '"artifact--')
        stix2.parse({**json.loads(other), **known}, allow_custom=False)
    ids = {o["id"] for o in raw}
    check(len(ids) == len(raw) == len(parsed.objects), "every object has an id of its own")
    for o in raw:
        for key, value in o.items():
            refs = value if key.endswith("_refs") else [value] if key.endswith("_ref") else []
            check(all(r in ids for r in refs), f"{o['id']}: {key} is in the bundle")
    observables = stix2.registry.STIX2_OBJ_MAPS["2.1"]["observables"]
    again = 0
    for o in raw:
        if o["type"] in observables:
            other = observables[o["type"]](**{k: v for k, v in o.items() if k not in ("id", "type", "spec_version")})
            check(other["id"] == o["id"], f"{o['id']}: stix2 gives it the id {other['id']}")
            again += 1
    check(again > 0, "there are observables")
    people = [o for o in raw if o["type"] == "threat-actor" or o.get("identity_class") in ("individual", "group")]
    check(not people, "nobody is named")
    check(not redact or not any(o["type"].endswith("-addr") for o in raw), "tokens are no addresses")
    for o in raw:
        if o["type"] == "indicator":
            days = pd.Timestamp(o["valid_until"]) - pd.Timestamp(o["valid_from"])
            check(pd.Timedelta(0) < days < pd.Timedelta(days=30), f"{o['id']}: it ends soon")
    return len(raw)


def sheets(folder, result, redact):
    """Every table has the rows of the result that speak of rings; no text is a formula."""
    names = sorted(folder.glob("*.csv"))
    cells = 0
    for path in names:
        sheet = pd.read_csv(path, keep_default_na=False, na_values=[""], encoding="utf-8-sig")
        for title in sheet.columns:
            if pd.api.types.is_numeric_dtype(sheet[title]):
                continue
            texts = sheet[title].dropna().astype(str)
            cells += len(texts)
            check(not texts.str.startswith(FORMULA).any(), f"{path.name}: {title} holds a formula")
        if folder.name.startswith("csv") and path.stem in ("rings", "ring_members", "ring_acts"):
            rows = pq.read_table(result / "tables" / f"{path.stem}.parquet").num_rows
            check(len(sheet) == rows, f"{path.name} has the {rows} rows of the result")
    check(cells > 0, "there are texts")
    if redact:
        # Digits alone are left out: a figure is no name.
        members = pq.read_table(result / "tables" / "ring_members.parquet")["account_id"].to_pylist()
        shared = pq.read_table(result / "tables" / "ring_infrastructure.parquet")["value"].to_pylist()
        text = "".join(p.read_text(encoding="utf-8") for p in names)
        for name in [n for n in members + shared if not n.isdigit() and len(n) >= 4]:
            check(name not in text, f"{folder.name}: {name} is still there")
    return len(names), cells


def main():
    program, result = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    for redact in [False, True]:
        with tempfile.TemporaryDirectory() as name:
            work = Path(name)
            for form in ["graphml", "gexf", "stix"]:
                export(program, result, form, work / f"rings.{form}", redact)
            tables = export(program, result, "csv", work / "csv", redact)
            i2 = export(program, result, "i2", work / "i2", redact)
            nodes, edges = graphs(work, i2)
            objects = bundle(work / "rings.stix", redact)
            files, cells = sheets(tables, result, redact)
            sheets(i2, result, redact)
        what = "redacted" if redact else "as they are"
        print(f"{what}: {nodes} nodes, {edges} edges, {objects} STIX objects, {files} tables with {cells} texts: read")


if __name__ == "__main__":
    main()
