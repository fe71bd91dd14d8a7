"""Speed of whole commands, in processes of their own, beside the limit (unpacking and counting the same lines)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

COUNT_LINES = (
    "find . -name '*.gz' -print0 | xargs -0 zcat | wc -l; find . -type f ! -name '*.gz' -print0 | xargs -0 cat | wc -l"
)

# A peer: DuckDB's own CSV reader over the same Zeek lines, without places, refusals, other formats, map or verdicts.
PEER = """
import duckdb
options = "delim='\\t', header=false, comment='#', all_varchar=true, null_padding=true, ignore_errors=true, quote=''"
found = f"SELECT count(*), count(DISTINCT column02) FROM read_csv('**/conn*.log.gz', {options})"
print(duckdb.sql(found).fetchall())
"""


def timed(command: list[str], folder: Path | None = None) -> tuple[float, float]:
    """Seconds and peak memory (MB, largest single process) of one command."""
    code = """
import resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, done.returncode)
sys.stderr.write(done.stderr.decode(errors="replace")[-2000:] if done.returncode not in (0, 3) else "")
"""
    done = subprocess.run(
        [sys.executable, "-c", code, *command], cwd=folder, capture_output=True, text=True, check=True
    )
    seconds, memory, status = done.stdout.split()
    if int(status) not in (0, 3):
        raise SystemExit(f"{command} failed with {status}\n{done.stderr}")
    return float(seconds), float(memory)


def hospital(beds: int, days: int) -> dict[str, Any]:
    """Write one hospital and time the first run, the next one, and the limit."""
    folder = Path(tempfile.mkdtemp(prefix="hygie-speed-", dir=os.environ.get("HYGIE_BENCH_DIR")))
    hygie = [sys.executable, "-m", "hygie"]
    try:
        start = time.perf_counter()
        subprocess.run(
            [*hygie, "simulate", str(folder), "--beds", str(beds), "--days", str(days)], check=True, capture_output=True
        )
        written = time.perf_counter() - start
        as_of = json.loads((folder / "truth.json").read_text("utf-8"))["as_of"]
        first, memory = timed([*hygie, "run", "-w", str(folder), "--as-of", as_of])
        again, _ = timed([*hygie, "run", "-w", str(folder), "--as-of", as_of])
        limit, _ = timed(["sh", "-c", COUNT_LINES], folder / "evidence")
        peer, _ = timed([sys.executable, "-c", PEER], folder / "evidence")
        size = sum(path.stat().st_size for path in (folder / "evidence").rglob("*") if path.is_file()) / 1e6
        return {"beds": beds, "MB": size, "write s": written, "first run s": first, "peak MB": memory,
                "next run s": again, "limit s": limit, "first/limit": first / limit,
                "peer s": peer, "first/peer": first / peer}  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def table(sizes: list[int], days: int) -> list[dict[str, Any]]:
    """Time hospitals of several sizes and `hygie --help`; print one table."""
    rows = [hospital(beds, days) for beds in sizes]
    helped = min(timed([sys.executable, "-m", "hygie", "--help"])[0] for _ in range(5))
    print("\n## Speed (whole processes; limit: unpack and count the same lines; peer: DuckDB reads the Zeek part)\n")
    print("  " + "  ".join(f"{name:>12}" for name in rows[0]))
    for row in rows:
        print(
            "  "
            + "  ".join(f"{value:>12.1f}" if isinstance(value, float) else f"{value:>12}" for value in row.values())
        )
    print(f"\n  hygie --help: {helped:.2f} s")
    return rows
