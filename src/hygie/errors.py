"""The errors of Hygie, as a tree.

HygieError                 everything a caller may want to catch
├── UsageError             the call itself is wrong: unknown name, bad option      (exit code 2)
├── WorkspaceError         the folder is not a workspace, or cannot be written     (exit code 1)
│   └── WorkspaceBusy      another `hygie run` holds the lock                      (exit code 4)
├── ContentError           a content file (table, control, mapping …) is faulty    (exit code 1)
├── QueryError             a rule is outside the portable subset, or fails         (exit code 1)
└── UnreadableError        a whole evidence file cannot be read (kept as refusal)

Every error says where it happened and what to do next:

    >>> error = ContentError("2 faults", where="site/controls/NET-02.yaml:12", hint="run `hygie content check`")
    >>> str(error)
    'site/controls/NET-02.yaml:12: 2 faults'
    >>> error.hint
    'run `hygie content check`'

Malformed *records* are no errors: readers yield a `Refusal` and go on.
"""

from __future__ import annotations


class HygieError(Exception):
    """Base of all errors; `where` locates (`file:position`), `hint` says what to do next."""

    exit_code = 1

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.message = message
        self.where = where
        self.hint = hint


class UsageError(HygieError):
    """The call itself is wrong: a name that does not exist, an option out of range."""

    exit_code = 2


class WorkspaceError(HygieError):
    """The folder is not a workspace, or cannot be read or written."""


class WorkspaceBusy(WorkspaceError):
    """Another run holds the workspace; the second one says so and leaves."""

    exit_code = 4


class ContentError(HygieError):
    """Content files are faulty; the message lists all faults, each with its place."""


class QueryError(HygieError):
    """A rule is outside the portable SQL subset, or the engine refused it."""


class UnreadableError(HygieError):
    """A whole file cannot be read (encrypted, truncated, over a bound); the run keeps it as a refusal."""
