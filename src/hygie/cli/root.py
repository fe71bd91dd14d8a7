"""The root command: it knows the names of the verbs, loads them when called, and turns every error into words."""

from __future__ import annotations

import difflib
import os
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from hygie.cli.call import Call
from hygie.cli.verb import Spoken, common, heading, words_of
from hygie.errors import HygieError, UsageError
from hygie.words.language import option_in

VERBS = {
    "demo": "demo", "init": "init", "add": "add", "run": "run", "map": "map", "check": "check", "show": "show",
    "doctor": "doctor", "report": "report", "import": "import_", "content": "content", "simulate": "simulate",
}  # fmt: skip
FAILED, USAGE, INTERRUPTED = 1, 2, 130


class Lazy(Spoken, click.Group):
    """A group that imports a verb only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs, in the order a user meets them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One verb, loaded now."""
        if cmd_name not in VERBS:
            return None
        found: click.Command = import_module(f"hygie.cli.{VERBS[cmd_name]}").command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; an unknown one is refused with its nearest neighbours."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            words = words_of(ctx)
            near = difflib.get_close_matches(args[0], VERBS, n=2, cutoff=0.5) or list(VERBS)
            raise UsageError(
                words.say("error.no_verb", name=args[0]), hint=words.say("error.verbs", names=", ".join(near))
            )
        name, command, rest = super().resolve_command(ctx, args)
        call = ctx.find_object(Call)
        if call is not None:
            call.command = name or ""
        return name, command, rest

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples, then the verbs with their one sentence, then the options."""
        words = words_of(ctx)
        self.format_epilog(ctx, formatter)
        with formatter.section(heading(words, "option.verbs")):
            formatter.write_dl([(name, words.say(f"help.{name}.summary")) for name in VERBS])
        records = [record for parameter in self.get_params(ctx) if (record := parameter.get_help_record(ctx))]
        with formatter.section(heading(words, "option.options")):
            formatter.write_dl(records)
        formatter.write_paragraph()
        formatter.write_text(words.say("help.exit_codes"))

    def main(self, args: Any = None, prog_name: str | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]
        """Run, and leave with the documented exit code; never a traceback unless HYGIE_DEBUG is set."""
        arguments = list(sys.argv[1:] if args is None else args)
        call = Call(option_in(arguments))
        _tolerate()
        sys.exit(_guarded(self, arguments, call))


def _guarded(group: click.Group, arguments: list[str], call: Call) -> int:
    try:
        code = click.Group.main(group, arguments, prog_name="hygie", standalone_mode=False, obj=call)
        sys.stdout.flush()
    except HygieError as error:
        return _told(error, call)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return USAGE
    except click.ClickException as error:
        return _told(_usage(error, call), call)
    except (click.Abort, KeyboardInterrupt):
        call.log.line(call.words.say("error.interrupted"))
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("HYGIE_DEBUG"):
            raise
        return _told(_fault(error, call), call)
    return code if isinstance(code, int) else 0


def _fault(error: Exception, call: Call) -> HygieError:
    """An error nobody foresaw, as a sentence."""
    words = call.words
    if isinstance(error, OSError) and error.strerror:
        where = str(error.filename or "")
        return HygieError(error.strerror, where=where, hint=words.say("error.system_hint"))
    said = words.say("error.fault", kind=type(error).__name__, message=str(error)[:300])
    return HygieError(said, hint=words.say("error.fault_hint"))


def _usage(error: click.ClickException, call: Call) -> UsageError:
    """A usage error of the parser, in the language of the call."""
    words = call.words
    context = getattr(error, "ctx", None)
    hint = words.say("error.see_help", command=context.command_path if context else "hygie")
    if isinstance(error, click.NoSuchOption):
        known = ", ".join(error.possibilities or [])
        hint = words.say("error.options", names=known) if known else hint
        return UsageError(words.say("error.no_option", name=error.option_name), hint=hint)
    if isinstance(error, click.MissingParameter):
        name = error.param.make_metavar(context) if error.param and context else str(error.param_hint or "")
        return UsageError(words.say("error.missing", name=name), hint=hint)
    if isinstance(error, click.BadParameter):
        name = error.param.opts[-1] if error.param and error.param.opts else ""
        if isinstance(getattr(error.param, "type", None), click.Choice):
            choices = ", ".join(str(one) for one in error.param.type.choices)  # type: ignore[union-attr]
            return UsageError(words.say("error.choice", name=name), hint=words.say("error.choices", names=choices))
        return UsageError(words.say("error.bad_value", name=name, message=error.message), hint=hint)
    return UsageError(error.format_message(), hint=hint)


def _told(error: HygieError, call: Call) -> int:
    words = call.words
    if call.json:
        told = {"message": error.message, "where": error.where, "hint": error.hint, "kind": type(error).__name__}
        call.emit({"error": told})
    else:
        from hygie.act.rows import clean
        from hygie.act.terminal.layout import paragraph

        log = call.log
        message = words.translate(error.message)
        said = f"{error.where}: {message}" if error.where else message
        for line in said[:8000].splitlines()[:40]:
            paragraph(log, log.paint(str(clean(line)), "red"))
        if error.hint:
            log.line()
            paragraph(log, words.say("common.hint", hint=clean(words.translate(error.hint)[:1000])))
    return int(error.exit_code)


def _tolerate() -> None:
    """Never stop because a terminal cannot show a letter."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


@click.command("hygie", cls=Lazy, invoke_without_command=True)
@click.pass_context
@common
def hygie(context: click.Context) -> None:
    """Explained by `help.hygie` in content/words/help.yaml."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
