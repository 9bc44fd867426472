#!/usr/bin/env python3
"""Runs every notebook from top to bottom, in a process of its own, and fails on the first error or after 60 seconds.

    .ci/notebooks.py [NOTEBOOK…]      default: all of notebooks/
    .ci/notebooks.py --strip          remove outputs and counts from the files

Also fails if outputs are stored in a file. Needs what notebooks/requirements.txt names; ITOGUCHI may name the binary.
"""

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

HERE = Path(__file__).resolve().parent.parent / "notebooks"
# Each notebook, in seconds.
LIMIT = 60


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def strip(path):
    notebook = nbformat.read(path, as_version=4)
    for cell in code(notebook):
        cell.outputs, cell.execution_count = [], None
        cell.metadata.clear()
    path.write_text(nbformat.writes(notebook, indent=1) + "\n", encoding="utf-8")


def fault(path):
    """What is wrong with a notebook, or None."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    if any(cell.outputs or cell.execution_count for cell in code(notebook)):
        return "outputs are stored: .ci/notebooks.py --strip"
    start = time.monotonic()
    try:
        NotebookClient(notebook, timeout=LIMIT, kernel_name="python3", resources={"metadata": {"path": str(HERE)}}).execute()
    except (CellExecutionError, CellTimeoutError) as error:
        return str(error)
    spent = time.monotonic() - start
    print(f"{path.name}: {len(code(notebook))} cells, {spent:.1f} s", flush=True)
    return None if spent < LIMIT else f"{spent:.0f} s, more than {LIMIT}"


def main(arguments):
    paths = [Path(a) for a in arguments if a != "--strip"] or sorted(HERE.glob("*.ipynb"))
    if "--strip" in arguments:
        for path in paths:
            strip(path)
        return
    faults = [(path, said) for path in paths if (said := fault(path))]
    for path, said in faults:
        print(f"FAILED {path.name}: {said}", file=sys.stderr)
    print(f"{len(paths) - len(faults)} of {len(paths)} notebooks ran")
    if faults:
        sys.exit(1)


main(sys.argv[1:])
