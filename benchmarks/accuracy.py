"""Accuracy against the simulator's truth, over sizes, seeds and planted states: at least 500 verdicts."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import truth as comparison

from hygie import pipeline
from hygie.simulate import POSSIBLE, sample_plans, simulate
from hygie.workspace import init, open_store


@dataclass(frozen=True)
class Hospital:
    """One simulated hospital: its size, length of observation, seed and planted states."""

    beds: int
    days: int
    seed: int
    plan: tuple[tuple[str, str], ...]


def hospitals(count: int) -> Iterator[Hospital]:
    """Sizes, seeds and plans in turn, so that every control meets each of its possible states."""
    sizes = ((20, 92), (30, 35), (40, 92), (60, 40))
    plans = {days: iter(sample_plans(count, 11, days)) for days in {days for _, days in sizes}}
    for number in range(count):
        beds, days = sizes[number % len(sizes)]
        yield Hospital(beds, days, 100 + number, tuple(next(plans[days]).items()))


def measure(hospital: Hospital) -> dict[str, Any]:
    """Simulate, run, compare; the folder is removed whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="hygie-accuracy-"))
    try:
        init(folder, name="Hôpital simulé")
        simulate(folder, beds=hospital.beds, days=hospital.days, seed=hospital.seed, plan=dict(hospital.plan))
        planted = json.loads((folder / "truth.json").read_text("utf-8"))
        pipeline.run(folder, datetime.fromisoformat(planted["as_of"]))
        store = open_store(folder)
        scores = {"identity": comparison.identity(store, planted), "failing": comparison.failing(store, planted)}
        scores["verdicts"], lies = comparison.verdicts(store, planted)
        store.close()
        return {"hospital": hospital, "scores": scores, "lies": lies, "verdicts": planted["verdicts"]}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def table(count: int, workers: int = 2) -> dict[str, Any]:
    """Run all hospitals and print one table; return the figures."""
    total = {name: comparison.Score() for name in ("identity", "failing", "verdicts")}
    states: Counter[tuple[str, str]] = Counter()
    lies: list[str] = []
    with ProcessPoolExecutor(workers) as pool:
        for result in pool.map(measure, hospitals(count)):
            for name, score in result["scores"].items():
                score.examples = [f"seed {result['hospital'].seed}: {text}" for text in score.examples]
                total[name].add(score)
            lies += [f"seed {result['hospital'].seed}: {control}" for control in result["lies"]]
            states.update(result["verdicts"].items())
    judged = total["verdicts"]
    figures = {
        "hospitals": count,
        "verdicts": judged.right + judged.missed,
        "verdicts_equal": judged.recall,
        "identity_f1": total["identity"].f1,
        "contradictions_precision": total["failing"].precision,
        "contradictions_recall": total["failing"].recall,
        "proved_where_failing": len(lies),
        "states_met": len(states),
        "states_possible": sum(map(len, POSSIBLE.values())),
    }
    print("\n## Accuracy against planted truth\n")
    for name, value in figures.items():
        print(f"  {name:28} {value:.4f}" if isinstance(value, float) else f"  {name:28} {value}")
    for line in [example for score in total.values() for example in score.examples][:60] + lies:
        print(f"    {line}")
    return figures
