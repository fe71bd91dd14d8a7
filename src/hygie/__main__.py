"""`python -m hygie` is `hygie`."""

from __future__ import annotations

from hygie.cli import main

if __name__ == "__main__":
    main()
