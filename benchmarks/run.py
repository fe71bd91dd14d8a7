"""`make bench`: accuracy and speed, measured in one run; `--smoke` is the small form for CI, `--only` picks a part."""

from __future__ import annotations

import argparse

import accuracy
import speed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a few small hospitals, for CI")
    parser.add_argument("--only", choices=("accuracy", "speed"))
    parser.add_argument(
        "--hospitals", type=int, default=0, help="how many hospitals for accuracy (44 hold 528 verdicts)"
    )
    parser.add_argument("--sizes", type=int, nargs="*", default=[100, 400, 1600])
    options = parser.parse_args()
    if options.only != "speed":
        accuracy.table(options.hospitals or (4 if options.smoke else 44))
    if options.only != "accuracy":
        speed.table([20] if options.smoke else options.sizes, 92)


if __name__ == "__main__":
    main()
