"""The reading of a command line: words in, `Options` out.

What cannot be meant raises MliterError with one sentence that says what to do. Only options go through argparse;
where the script's own arguments begin is decided here, alike on every version of Python.
"""

from __future__ import annotations

import os
import re
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from mliter_tui.errors import ScriptError, ScriptIsFolder, ScriptNotFound, ScriptNotText, UsageError
from mliter_tui.grammar import ACTIONS, COMMANDS, DEMOS, SHELLS, Command, Flag
from mliter_tui.options import Options, Target
from mliter_tui.sizes import parse_size


class _Parser(ArgumentParser):
    """An ArgumentParser that raises UsageError with one sentence instead of printing its usage."""

    def error(self, message: str) -> NoReturn:
        sentence = re.sub(r"^argument (\S+?): ", lambda m: m[1].split("/")[-1] + " ", message)
        raise UsageError(f"{self.prog}: {sentence}; see {self.prog} --help")


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def convert(text: str) -> str:
        if text not in choices:
            raise ArgumentTypeError(f"must be {', '.join(choices[:-1])} or {choices[-1]}, not {text!r}")
        return text

    return convert


def _size(text: str) -> int:
    try:
        return parse_size(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def _place(text: str) -> Path:
    if not text:
        raise ArgumentTypeError("must not be empty")
    try:
        # the shell leaves the ~ of --cache=~/x alone, and nobody wants a folder named ~
        return Path(os.path.expanduser(text)).absolute()
    except OSError:
        raise ArgumentTypeError("cannot be found from here: the current folder is gone") from None


def _folder(text: str) -> Path:
    path = _place(text)
    if os.path.exists(path) and not os.path.isdir(path):
        raise ArgumentTypeError(f"must be a folder, and {text!r} is a file")
    return path


def _file(text: str) -> Path:
    path = _place(text)
    if os.path.isdir(path):
        raise ArgumentTypeError(f"must be a file, and {text!r} is a folder")
    if not os.path.isdir(path.parent):
        raise ArgumentTypeError(f"cannot be written: there is no folder {str(Path(text).parent)!r}")
    return path


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 65535:
        raise ArgumentTypeError(f"must be a number from 1 to 65535, not {text!r}")
    return int(text)


def _iteration(text: str) -> int:
    """Its number, 0 for the last one."""
    if text == "last":
        return 0
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:12]) < 10**9:
        raise ArgumentTypeError(f"must be the number of an iteration, or last, not {text!r}")
    return int(text)


def _run(text: str, imported: bool) -> int:
    """An iteration; below 0 the number of an imported run, m2 say."""
    if re.fullmatch(r"m[1-9][0-9]{0,8}", text):
        if not imported:
            raise ArgumentTypeError(f"must be an iteration; of {text}, which was imported, only numbers are known")
        return -int(text[1:])
    return _iteration(text)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:12]) < 10**9:
        raise ArgumentTypeError(f"must be a number of at least 1, not {text!r}")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.001 <= speed <= 1e6:
        raise ArgumentTypeError(f"must be a number from 0.001 to 1000000, such as 10, not {text!r}")
    return speed


def _name(text: str) -> str:
    if not text.strip():
        raise ArgumentTypeError("must not be empty")
    return text


def _target(text: str) -> Target:
    """Where to export to or import from: KIND:PLACE."""
    kind, mark, place = text.partition(":")
    if not mark or kind not in ("json", "csv", "sqlite", "mlflow") or not place:
        raise ArgumentTypeError(f"must be json:FILE, csv:FOLDER, sqlite:FILE or mlflow:PLACE, not {text!r}")
    if kind == "json":
        return Target(kind, "-" if place == "-" else str(_file(place)))
    if kind == "csv":
        return Target(kind, str(_folder(place)))
    if kind == "mlflow" and re.match(r"[a-z][a-z0-9+.-]*:", place):
        return Target("mlflow", place)  # a tracking URI of the user's
    if place.startswith("//"):
        return Target("mlflow", text)  # sqlite:///FILE
    if kind == "sqlite" or os.path.isfile(place) or place.endswith((".db", ".sqlite", ".sqlite3")):
        return Target("mlflow", f"sqlite:///{_file(place)}")
    return Target("mlflow", _folder(place).as_uri())


def _pause(text: str) -> float:
    try:
        pause = float(text)
    except ValueError:
        pause = -1.0
    if not 0 <= pause <= 3600:
        raise ArgumentTypeError(f"must be seconds from 0 to 3600, not {text!r}")
    return pause


def _converter(flag: Flag) -> Callable[[str], Any]:
    if flag.kind == "choice":
        return _one_of(flag.choices)
    return {
        "size": _size, "folder": _folder, "file": _file, "program": _place, "port": _port, "iteration": _iteration,
        "count": _count, "speed": _speed, "pause": _pause, "name": _name, "target": _target,
    }[flag.kind]  # fmt: skip


def build_parser(name: str, command: Command) -> ArgumentParser:
    """The parser of one command's options; its operands (script, names, shell) are left over for the caller."""
    parser = _Parser(
        prog=f"mliter {name}",
        usage=command.usage,
        description=f"{command.summary[0].upper()}{command.summary[1:]}.",
        epilog=command.notes,
        formatter_class=RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    for flag in command.flags:
        if "--help" in flag.names:
            parser.add_argument(*flag.names, action="help", help=flag.help)
        elif not flag.takes_value:
            parser.add_argument(*flag.names, action="store_true", default=SUPPRESS, help=flag.help)
        else:
            # SUPPRESS: an option not given leaves no attribute, so the defaults live in Options alone
            metavar = "{" + ",".join(flag.choices) + "}" if flag.choices else flag.metavar
            more: dict[str, Any] = {"action": "append", "dest": flag.many} if flag.many else {}
            parser.add_argument(
                *flag.names, type=_converter(flag), metavar=metavar, default=SUPPRESS, help=flag.help, **more
            )
    return parser


def pick(word: str, known: Mapping[str, Command], prog: str, what: str) -> Command:
    """The command of that name; otherwise UsageError that names the nearest."""
    if word in known:
        return known[word]
    if what == "command" and word.endswith(".py"):
        raise UsageError(f"{prog}: to run a script, write: {prog} run {word}")
    from difflib import get_close_matches

    near = get_close_matches(word, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"it is one of {', '.join(known)}."
    raise UsageError(f"{prog}: there is no {what} {word!r}; {hint}")


def split_at_script(words: Sequence[str], command: Command) -> tuple[list[str], str | None, tuple[str, ...]]:
    """Words for mliter, the script, words for the script.

    The script is the first word that is neither an option nor an option's value. After it, all words are the
    script's where the command has `own_tail`, otherwise those after `--`. A `--` right after the script is dropped.
    """
    values = {name for flag in command.flags if flag.takes_value for name in flag.names}
    i = 0
    while i < len(words) and words[i] != "--" and words[i].startswith("-") and words[i] != "-":
        i += 2 if words[i] in values else 1
    own = list(words[:i])
    if i < len(words) and words[i] == "--":
        i += 1
    if i >= len(words):
        return own, None, ()
    script, rest = words[i], list(words[i + 1 :])
    if command.own_tail:
        return own, script, tuple(rest[1:] if rest[:1] == ["--"] else rest)
    end = rest.index("--") if "--" in rest else len(rest)
    return own + rest[:end], script, tuple(rest[end + 1 :])


def read_source(name: str) -> str:
    """The text of a script, decoded as python would (UTF-8, or what its first two lines declare); else ScriptError."""
    import tokenize

    if os.path.isdir(name):
        raise ScriptIsFolder(name)
    if not os.path.exists(name):
        raise ScriptNotFound(name)
    if not os.path.isfile(name):
        raise ScriptError(f"{name} is not a regular file; save the script to one.", name)
    try:
        raw = Path(name).read_bytes()
    except OSError as error:
        raise ScriptError(f"{name} cannot be read ({error.strerror}); check its permissions.", name) from None
    lines = iter(raw.splitlines(keepends=True))
    encoding = "UTF-8"
    try:
        encoding = tokenize.detect_encoding(lambda: next(lines, b""))[0]
        return raw.decode(encoding)
    except SyntaxError as error:
        reason, _, unknown = str(error).rpartition(": ")
        if reason.startswith("unknown encoding"):
            message = f"{name} declares the encoding {unknown}, which python does not know; mend its coding line."
            raise ScriptError(message, name) from None
        raise ScriptNotText(name) from None
    except (UnicodeDecodeError, LookupError):  # LookupError: a codec that is not one of text, such as hex
        raise ScriptNotText(name, "UTF-8" if encoding.startswith("utf-8") else encoding) from None


def _line_count(source: str) -> int:
    """Lines as python counts them: a form feed or a Unicode separator ends none."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    return source.count("\n") + (not source.endswith("\n") and source != "")


def _script(name: str, command: str) -> tuple[str, int | None]:
    """The script's name and the line asked for; raises where there is no such script or line."""
    line = None
    match = re.fullmatch(r"(.+):([0-9]{1,9})", name, re.DOTALL) if command == "why" else None
    if match is not None and not os.path.exists(name):
        name, line = match[1], int(match[2])
    count = _line_count(read_source(name))
    if line is not None and not 1 <= line <= count:
        raise UsageError(f"mliter {command}: there is no line {line} in {name}, which has {count}.")
    return name, line


def _script_options(name: str, command: Command, words: Sequence[str]) -> Options:
    prog = f"mliter {name}"
    own, script, args = split_at_script(words, command)
    space, extra = build_parser(name, command).parse_known_args(own)
    if extra:
        where = f"see {prog} --help"
        if script is not None and not command.own_tail:
            where = f"arguments for the script go after --: {prog} {script} -- {' '.join(extra)}"
        raise UsageError(f"{prog}: {extra[0]} is not an option of {prog}; {where}")
    if not script:
        raise UsageError(f"{prog}: name a script, such as: {prog} train.py")
    given = _given(space)
    # a past iteration is run from its record, whatever has become of the script
    path, line = (script, None) if "iteration" in given else _script(script, name)
    options = Options(name, Path(path), path, args, line=line, **given)
    written = options.events
    if written is not None and written.exists() and os.path.exists(path) and written.samefile(path):
        raise UsageError(f"{prog}: --events would write into the script itself; name another file.")
    return options


def _past_options(name: str, command: Command, words: Sequence[str]) -> Options:
    """Of a command on past iterations: its script need not be there any more."""
    prog = f"mliter {name}"
    own, script, args = split_at_script(words, command)
    space, behind = build_parser(name, command).parse_known_args(own)
    unknown = [word for word in behind if word.startswith("-")]
    if unknown:
        where = f"words for people go after --: {prog} {script} 3 -- {unknown[0]} ..." if command.text else ""
        raise UsageError(f"{prog}: {unknown[0]} is not an option of {prog}; {where or f'see {prog} --help'}")
    if not script:
        raise UsageError(f"{prog}: name a script, such as: {prog} train.py")
    behind += args
    try:
        numbers = tuple(_run(word, command.imported) for word in behind[: command.most])
    except ArgumentTypeError as error:
        raise UsageError(f"{prog}: the word after {script} {error}; see mliter history {script}") from None
    given, rest = _given(space), " ".join(behind[command.most :])
    undoing = bool(given.get("undo"))
    if rest and not (command.text and not given.get("remove")) or (undoing and numbers):
        raise UsageError(f"{prog}: {rest or numbers[0]} is not understood here; see {prog} --help")
    if len(numbers) < command.least or (name == "checkout" and not numbers and not undoing):
        raise UsageError(f"{prog}: name an iteration, such as: {prog} {script} 3")
    _together(prog, given, numbers)
    if name == "note" and not rest and not given.get("remove"):
        raise UsageError(f"{prog}: write what to note, such as: {prog} {script} {behind[0]} 'the best so far'")
    return Options(name, Path(script), script, numbers=numbers, text=rest, **given)


def _together(prog: str, given: Mapping[str, Any], numbers: Sequence[int]) -> None:
    """Options that go only together, or not at all."""
    example = f"such as: {prog} train.py"
    if not given.get("examples") and ("by" in given or "of" in given):
        raise UsageError(f"{prog}: --{'by' if 'by' in given else 'of'} goes with --examples, {example} 3 7 --examples")
    if given.get("examples") and (len(numbers) > 2 or any(number < 0 for number in numbers)):
        raise UsageError(f"{prog}: --examples compares two iterations, {example} 3 7 --examples")
    if prog.endswith(" export") and "to" not in given and not given.get("json"):
        raise UsageError(f"{prog}: say where to, {example} --to sqlite:mlflow.db")
    if prog.endswith(" import") and "from_" not in given and not given.get("remove"):
        raise UsageError(f"{prog}: say where from, {example} --from sqlite:mlflow.db")
    if (source := given.get("from_")) is not None and source.kind != "mlflow":
        raise UsageError(f"{prog}: runs come from sqlite:FILE or mlflow:PLACE, not from {source.kind}.")


def _cache_options(words: Sequence[str]) -> Options:
    action = words[0]
    command = pick(action, ACTIONS, "mliter cache", "action")
    prog = f"mliter cache {action}"
    end = words.index("--") if "--" in words else len(words)
    space, names = build_parser(f"cache {action}", command).parse_known_args(list(words[1:end]))
    unknown = [word for word in names if word.startswith("-")]
    names += words[end + 1 :]
    if unknown or (names and not command.operand):
        raise UsageError(f"{prog}: {(unknown or names)[0]} is not understood; see {prog} --help")
    if command.operand and not all(names or [""]):
        raise UsageError(f"{prog}: name what to {action}, as `mliter cache ls` shows it.")
    return Options("cache", action=action, names=tuple(names), **_given(space))


def _demo_options(name: str, command: Command, words: Sequence[str]) -> Options:
    prog = f"mliter {name}"
    space, names = build_parser(name, command).parse_known_args(list(words))
    wrong = [word for word in names if word not in DEMOS and not os.path.isdir(word)] or names[1:]
    if wrong:
        raise UsageError(f"{prog}: {wrong[0]} is not understood; name one of {', '.join(DEMOS)}, or see {prog} --help")
    return Options(name, names=tuple(names), **_given(space))


def _given(space: Namespace) -> dict[str, Any]:
    found = dict(vars(space))
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
    return {name + "_" * (name == "from"): value for name, value in given.items()}  # a word of Python's own


def parse(words: Sequence[str]) -> Options:
    """The options of a command (its name first); raises MliterError, or SystemExit(0) after printing --help."""
    name = words[0]
    command = pick(name, COMMANDS, "mliter", "command")
    if command.operand == "shell":
        _, shells = build_parser(name, command).parse_known_args(list(words[1:]))
        if len(shells) != 1 or shells[0] not in SHELLS:
            raise UsageError(f"mliter {name}: name one shell of {', '.join(SHELLS)}.")
        return Options(name, names=tuple(shells))
    if command.operand == "demo":
        return _demo_options(name, command, words[1:])
    if command.operand == "past":
        return _past_options(name, command, words[1:])
    return _cache_options(words[1:]) if name == "cache" else _script_options(name, command, words[1:])
