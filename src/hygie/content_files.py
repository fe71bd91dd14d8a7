"""What experts know, as files: where they lie and the one way they are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hygie.errors import ContentError

CONTENT = Path(__file__).parent / "content"


def read_yaml(path: Path) -> Any:
    """One YAML file, of Hygie or of a hospital; a fault says its place.

    >>> [axis["id"] for axis in read_yaml(CONTENT / "axes.yaml")]
    ['continuity', 'patients', 'compliance', 'sovereignty']
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(path.read_text("utf-8-sig"), Loader=loader)  # noqa: S506 (a safe loader, in C where there is one)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise ContentError("expected valid YAML", where=place, hint=str(getattr(error, "problem", ""))) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"expected a readable UTF-8 file ({error})", where=str(path)) from None
