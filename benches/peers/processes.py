"""One command in a process of its own: wall time, CPU time, peak memory, and a stop when it takes too much.

This module and its callers load no array library. On Linux a child's recorded peak memory begins at its
parent's, so the parent has to stay small for the child's figure to be the child's.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

NO_LIMIT = float("inf")
POLL_SECONDS = 0.1
KIB_PER_GB = 1e9 / 1024
STDERR_TAIL = 400


@dataclass(frozen=True)
class Outcome:
    """What a process did. `stopped` says why its result is not to be used; None when all went well."""

    wall_seconds: float
    cpu_seconds: float
    peak_rss_gb: float
    stdout: str
    stopped: str | None

    def record(self):
        """The measurements, rounded for printing."""
        return {
            "wall_seconds": round(self.wall_seconds, 3),
            "cpu_seconds": round(self.cpu_seconds, 3),
            "peak_rss_gb": round(self.peak_rss_gb, 3),
            "stopped": self.stopped,
        }


class Watch(threading.Thread):
    """Kills a process group that runs past its time or grows past its memory, and remembers why."""

    def __init__(self, pid, timeout, memory_ceiling_gb):
        super().__init__(daemon=True)
        self.pid = pid
        self.timeout = timeout
        self.memory_ceiling_gb = memory_ceiling_gb
        self.reason = None
        self.ended = threading.Event()

    def run(self):
        began = time.perf_counter()
        while self.reason is None and not self.ended.wait(POLL_SECONDS):
            if time.perf_counter() - began > self.timeout:
                self.reason = f"stopped after {self.timeout:g} s"
            elif resident_gb(self.pid) > self.memory_ceiling_gb:
                self.reason = f"stopped over {self.memory_ceiling_gb:g} GB"
        if self.reason is not None:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                self.reason = None


def resident_gb(pid):
    """Memory a process holds now, or 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e9


def run_measured(command, timeout=NO_LIMIT, memory_ceiling_gb=NO_LIMIT, environment=None):
    """Runs `command` to its end or to a limit."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        began = time.perf_counter()
        child = subprocess.Popen(
            [str(part) for part in command],
            stdout=stdout,
            stderr=stderr,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env=environment,
        )
        watch = Watch(child.pid, timeout, memory_ceiling_gb)
        watch.start()
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        watch.ended.set()
        watch.join()
        child.returncode = os.waitstatus_to_exitcode(status)
        stdout.seek(0)
        stderr.seek(0)
        printed = stdout.read().decode(errors="replace")
        complaint = stderr.read().decode(errors="replace").strip()[-STDERR_TAIL:]
    stopped = watch.reason
    if stopped is None and child.returncode != 0:
        stopped = f"exit code {child.returncode}: {complaint}"
    return Outcome(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / KIB_PER_GB, printed, stopped)


def run_python(script, *arguments, timeout=NO_LIMIT, memory_ceiling_gb=NO_LIMIT):
    """Runs one of our own scripts with this interpreter."""
    return run_measured([sys.executable, script, *arguments], timeout, memory_ceiling_gb)
