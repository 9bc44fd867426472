"""Runs itoguchi and says where its tables are. Nothing here computes anything.

    import engine
    case = engine.simulate("plain", seed=1, accounts=6000)
    out = engine.correlate(case, wide=True)
    tables = engine.tables(out)            # name -> path of a Parquet file
    engine.score(out, case)                # metric -> value

Which program is called: the path in the environment variable ITOGUCHI; else target/release/itoguchi of this repository; else
`cargo run --release`, which builds it first. Results go to a temporary folder that is removed when Python ends. If you only
have a result folder, you need nothing of this: read OUT/tables/*.parquet.
"""

import atexit
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent
DATASETS = ROOT / "datasets"

_made = []


def place(name):
    """A path in this session's temporary folder."""
    if not _made:
        _made.append(Path(tempfile.mkdtemp(prefix="itoguchi-notebook-")))
        atexit.register(shutil.rmtree, _made[0], ignore_errors=True)
    return _made[0] / name


def program():
    """How to call itoguchi, as the first words of a command."""
    if os.environ.get("ITOGUCHI"):
        return [os.environ["ITOGUCHI"]]
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    built = target / "release" / "itoguchi"
    if built.exists():
        return [str(built)]
    return ["cargo", "run", "--quiet", "--release", "--manifest-path", str(ROOT / "Cargo.toml"), "--"]


def run(*arguments):
    """Calls itoguchi in the repository's folder and returns what it prints. What it complains of is raised."""
    done = subprocess.run(
        [*program(), "--quiet", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"itoguchi {arguments[0]} ended with {done.returncode}\n{done.stderr}")
    return done.stdout


def simulate(world, seed=1, accounts=None, days=None):
    """A simulated case with its truth beside it; returns its folder."""
    case = place(f"{world}-{accounts}-{seed}")
    size = (["--accounts", accounts] if accounts else []) + (["--days", days] if days else [])
    run("simulate", world, "--seed", seed, "--format", "parquet", *size, "--out", case)
    return case


def correlate(*cases, name=None, wide=False, settings=()):
    """Finds the rings of one case or of several pooled; returns the result folder. `wide` adds actions, all_links,
    occasions and account_features; `settings` are texts as "rings.members=4"."""
    out = place((name or "-".join(Path(c).name for c in cases)) + ".out")
    flags = ["--tables", "all"] if wide else []
    for setting in settings:
        flags += ["--set", setting]
    run("correlate", *cases, "--out", out, *flags)
    return out


def tables(out):
    """Name to path of every table of a result."""
    return {path.stem: str(path) for path in sorted((Path(out) / "tables").glob("*.parquet"))}


def meanings(table):
    """Column to meaning, as the file itself says."""
    return {field.name: field.metadata[b"comment"].decode() for field in pq.read_schema(table)}


def score(out, truth):
    """Metric to value, by `itoguchi evaluate`: docs/SCORING.md. Undefined is None."""
    return json.loads(run("evaluate", out, "--truth", truth, "--format", "json"))["metrics"]
