"""Commands whose help, usage and options speak the language of the call, from `content/words`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from hygie.cli.call import Call
from hygie.words import Words
from hygie.words.catalogue import chapter

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
HELP_WIDTH = 96


def words_of(context: click.Context) -> Words:
    """The words of the call a context belongs to."""
    call = context.find_object(Call)
    return call.words if call else Words()


def heading(words: Words, key: str) -> str:
    """A section title; French puts a space before the colon that follows."""
    return words.say(key) + ("\u00a0" if words.language == "fr" else "")


def sentence(text: str) -> str:
    """A line of a list as a sentence.

    >>> sentence("read what is new")
    'Read what is new.'
    """
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


class Option(click.Option):
    """An option whose help is a key of the `option` chapter."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The line of this option in the help."""
        record = super().get_help_record(ctx)
        if record is None:
            return None
        words = words_of(ctx)
        name = record[0].replace("INTEGER", words.say("option.meta_INTEGER"))
        if self.metavar and words.knows(f"option.meta_{self.metavar}"):
            name = name.replace(self.metavar, words.say(f"option.meta_{self.metavar}"))
        return name, words.say(f"option.{self.help}") if self.help else ""


class Argument(click.Argument):
    """An argument whose placeholder is in the language of the call."""

    def make_metavar(self, ctx: click.Context) -> str:
        """The placeholder of this argument."""
        words = words_of(ctx)
        key = f"option.meta_{(self.metavar or self.name or '').upper()}"
        name = words.say(key) if words.knows(key) else (self.metavar or (self.name or "").upper())
        name += "…" if self.nargs != 1 else ""
        return name if self.required else f"[{name}]"

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:  # type: ignore[override]
        """Nothing: the usage line and the examples show it."""
        return None


class Spoken(click.Command):
    """A command that explains itself by sentences and examples."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help`, with its help in the language of the call."""
        names = self.get_help_option_names(ctx)
        if not names:
            return None

        def show(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
            if value and not context.resilient_parsing:
                click.echo(context.get_help(), color=context.color)
                context.exit()

        return Option(names, is_flag=True, is_eager=True, expose_value=False, callback=show, help="help")

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> click.Context:
        """A context with room for a wide help."""
        return super().make_context(info_name, args, parent, **{"max_content_width": HELP_WIDTH, **extra})

    @property
    def key(self) -> str:
        """Its key in the `help` chapter."""
        return str(self.name)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The usage line."""
        words = words_of(ctx)
        pieces = " ".join(self.collect_usage_pieces(ctx)).replace("[OPTIONS]", words.say("option.usage_options"))
        formatter.write_usage(ctx.command_path, pieces, prefix=words.say("option.usage") + " ")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the command is for."""
        words = words_of(ctx)
        for part in ("summary", "body"):
            if words.knows(f"help.{self.key}.{part}"):
                formatter.write_paragraph()
                with formatter.indentation():
                    formatter.write_text(sentence(words.say(f"help.{self.key}.{part}")))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples, each with what it does."""
        words = words_of(ctx)
        examples: Any = chapter("examples").get(self.key)
        if examples:
            rows = [(example["run"], words.pick(dict(example))) for example in examples]
            with formatter.section(heading(words, "option.examples")):
                formatter.write_dl(rows, col_max=44)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, after the examples would be too late for a reader: usage, sense, examples, options."""
        records = [record for parameter in self.get_params(ctx) if (record := parameter.get_help_record(ctx))]
        self.format_epilog(ctx, formatter)
        with formatter.section(heading(words_of(ctx), "option.options")):
            formatter.write_dl(records)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Usage, sense, examples, options."""
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        self.format_options(ctx, formatter)


def _set(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def keep(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
        call = context.find_object(Call)
        if call is not None and value:
            setattr(call, name, value)

    return keep


def option(*names: str, **settings: Any) -> Callable[[Decorated], Decorated]:
    """An option of a verb; `help` is a key of the `option` chapter."""
    return click.option(*names, cls=Option, **settings)


def argument(name: str, **settings: Any) -> Callable[[Decorated], Decorated]:
    """An argument of a verb."""
    return click.argument(name, cls=Argument, **settings)


def common(function: Decorated) -> Decorated:
    """The options of every verb: workspace, JSON, language."""
    keep = {"expose_value": False, "is_eager": True}
    function = option("--lang", type=click.Choice(["fr", "en"]), callback=_set("asked_language"), help="lang", **keep)(
        function
    )
    function = option("--json", is_flag=True, callback=_set("json"), help="json", **keep)(function)
    return option("--workspace", "-w", metavar="FOLDER", callback=_set("folder"), help="workspace", **keep)(function)


def verb(name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a function a verb; it is given the call first."""

    def make(function: Callable[..., Any]) -> click.Command:
        return click.command(name, cls=Spoken)(click.pass_obj(common(function)))

    return make
