"""`hygie doctor`: what is missing, what is stale, whom to ask."""

from __future__ import annotations

from hygie.cli.call import Call
from hygie.cli.verb import option, verb


@verb("doctor")
@option("--all", "everything", is_flag=True, help="all")
def command(call: Call, everything: bool) -> None:
    """Explained by `help.doctor`."""
    from hygie.act.terminal.doctor import doctor_data, doctor_view
    from hygie.workspace import encrypted_disk

    disk = encrypted_disk(call.workspace().root)
    with call.picture() as picture:
        if call.json:
            call.emit({**doctor_data(picture), "encrypted_disk": disk}, picture)
        else:
            doctor_view(call.screen, picture, disk, everything=everything)
