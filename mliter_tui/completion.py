"""Completion scripts for bash, zsh and fish, written out from the grammar of the command line.

They complete commands, actions, options and the values of options, scripts (`*.py` and folders), and, behind the
script of `mliter run`, any file. They start no process: a completion never waits for python.
"""

from __future__ import annotations

from collections.abc import Iterator

from mliter_tui.grammar import ACTIONS, COMMANDS, DEMOS, SHELLS, Command, Flag
from mliter_tui.options import Options

_SCRIPTS = ("script", "past")
_TOP_FLAGS = ("-h", "--help", "--version")


def completion_command(options: Options) -> int:
    """`mliter completion SHELL`: prints the script."""
    print(completion_script(options.names[0]), end="")
    return 0


def completion_script(shell: str) -> str:
    """The completion script of one of SHELLS."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]()


def _leaves() -> Iterator[tuple[str, Command]]:
    """("run", its Command), …, ("cache ls", its Command), …"""
    yield from ((name, command) for name, command in COMMANDS.items() if name != "cache")
    yield from ((f"cache {name}", action) for name, action in ACTIONS.items())


_BASH_HELPERS = r"""# bash completion for mliter; load with: source <(mliter completion bash)
_mliter_take() {
    local word
    while IFS= read -r word; do COMPREPLY+=("$word"); done
}

_mliter_words() {
    _mliter_take < <(compgen -W "$1" -- "$cur")
}

_mliter_files() {
    compopt -o filenames 2>/dev/null
    _mliter_take < <(compgen "$@" -- "$cur")
}

_mliter_scripts() {
    _mliter_files -d
    _mliter_take < <(compgen -f -X '!*.py' -- "$cur")
}
"""


def _flag_words(command: Command) -> str:
    return " ".join(name for flag in command.flags for name in flag.names)


def _value_flags() -> dict[str, Flag]:
    """By name; of several of one name that of the command that is named first."""
    flags = [flag for _, command in _leaves() for flag in command.flags if flag.takes_value]
    return {name: flag for flag in reversed(flags) for name in flag.names}


def _bash_values() -> str:
    rows = []
    for name, flag in _value_flags().items():
        action = {
            "choice": f'_mliter_words "{" ".join(flag.choices)}"',
            "folder": "_mliter_files -d",
            "file": "_mliter_files -f",
        }.get(flag.kind, ":")
        rows.append(f"        {name}) {action}; return ;;")
    return "\n".join(rows)


def _bash() -> str:
    flags = "\n".join(f'        "{name}") flags="{_flag_words(command)}" ;;' for name, command in _leaves())
    values = "|".join(_value_flags())
    scripts = "|".join(name for name, command in COMMANDS.items() if command.operand in _SCRIPTS)
    tails = "|".join(name for name, command in COMMANDS.items() if command.own_tail)
    return f"""{_BASH_HELPERS}
_mliter() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} command=${{COMP_WORDS[1]}}
    local flags="" script="" i=2
    COMPREPLY=()
    # "--policy=au" arrives as three words
    if [[ $cur == "=" ]]; then cur=""; elif [[ $prev == "=" ]]; then prev=${{COMP_WORDS[COMP_CWORD-2]}}; fi
    if ((COMP_CWORD == 1)); then _mliter_words "{" ".join((*COMMANDS, *_TOP_FLAGS))}"; return; fi
    if [[ $command == cache ]]; then
        if ((COMP_CWORD == 2)); then _mliter_words "{" ".join((*ACTIONS, *_TOP_FLAGS[:2]))}"; return; fi
        command="cache ${{COMP_WORDS[2]}}"
        i=3
    fi
    while ((i < COMP_CWORD)); do
        case ${{COMP_WORDS[i]}} in
        {values}) ((i++)); [[ ${{COMP_WORDS[i]}} == "=" ]] && ((i++)) ;;
        -*) ;;
        *) script=${{COMP_WORDS[i]}}; break ;;
        esac
        ((i++))
    done
    case $command in
    {tails}) [[ -n $script ]] && {{ _mliter_files -f; return; }} ;;
    esac
    case $prev in
{_bash_values()}
    esac
    case $command in
{flags}
    esac
    if [[ $cur == -* ]]; then _mliter_words "$flags"; return; fi
    case $command in
    {scripts}) [[ -z $script ]] && _mliter_scripts ;;
    completion) _mliter_words "{" ".join(SHELLS)}" ;;
    demo) _mliter_words "{" ".join(DEMOS)}" ;;
    esac
    return 0
}}

complete -F _mliter mliter
"""


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _zsh_flag(flag: Flag) -> str:
    text = flag.help.replace("[", "(").replace("]", ")").replace(":", "\\:")
    value = ""
    if flag.takes_value:
        what = {"choice": f"({' '.join(flag.choices)})", "folder": "_files -/", "file": "_files"}.get(flag.kind, " ")
        value = f":{flag.metavar}:{what}"
    long = [name + ("=" if flag.takes_value else "") for name in flag.names]
    if len(long) == 1:
        return _quoted(f"{long[0]}[{text}]{value}")
    return f"{_quoted('(' + ' '.join(flag.names) + ')')}{{{','.join(long)}}}{_quoted(f'[{text}]{value}')}"


def _zsh_case(word: str, command: Command, indent: str) -> str:
    operand = {
        "script": "'1:script:_files -g \"*.py\"' '*:argument:_files'",
        "past": "'1:script:_files -g \"*.py\"' '*:iteration: '",
        "shell": f"'1:shell:({' '.join(SHELLS)})'",
        "demo": f"'1:demo:({' '.join(DEMOS)})'",
        "names": "'*:name: '",
    }.get(command.operand, "")
    flags = " ".join(_zsh_flag(flag) for flag in command.flags)
    stop = "-A '-*' " if command.own_tail else ""
    return f"{indent}{word}) _arguments {stop}{flags} {operand} ;;"


def _zsh_described(rows: dict[str, Command]) -> str:
    return " ".join(_quoted(f"{name}:{command.summary}") for name, command in rows.items())


def _zsh() -> str:
    cases = "\n".join(_zsh_case(n, c, "    ") for n, c in COMMANDS.items() if n != "cache")
    actions = "\n".join(_zsh_case(n, c, "        ") for n, c in ACTIONS.items())
    return f"""#compdef mliter
# zsh completion for mliter; save as a file named _mliter in a folder of $fpath

_mliter() {{
    local -a rows
    if (( CURRENT == 2 )); then
        rows=({_zsh_described(COMMANDS)})
        _describe command rows
        return
    fi
    shift words
    (( CURRENT-- ))
    case $words[1] in
{cases}
    cache)
        if (( CURRENT == 2 )); then
            rows=({_zsh_described(ACTIONS)})
            _describe action rows
            return
        fi
        shift words
        (( CURRENT-- ))
        case $words[1] in
{actions}
        esac ;;
    esac
}}

if [[ $funcstack[1] == _mliter ]]; then _mliter "$@"; else compdef _mliter mliter; fi
"""


def _fish_flags(condition: str, command: Command) -> Iterator[str]:
    for flag in command.flags:
        names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in flag.names)
        value = {
            "choice": f" -x -a {_fish_quoted(' '.join(flag.choices))}",
            "folder": " -x -a '(__fish_complete_directories)'",
            "file": " -r -F",
            "size": " -x",
            "iteration": " -x",
            "count": " -x",
            "speed": " -x",
            "pause": " -x",
        }.get(flag.kind, "")
        yield f"complete -c mliter -n {_fish_quoted(condition)} {names}{value} -d {_fish_quoted(flag.help)}"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _fish() -> str:
    lines = ["# fish completion for mliter; save as ~/.config/fish/completions/mliter.fish", "complete -c mliter -f"]
    lines.append("complete -c mliter -n __fish_use_subcommand -s h -l help -d 'show help'")
    lines.append("complete -c mliter -n __fish_use_subcommand -l version -d 'show the version'")
    for name, command in COMMANDS.items():
        summary = _fish_quoted(command.summary)
        lines.append(f"complete -c mliter -n __fish_use_subcommand -a {name} -d {summary}")
        seen = f"__fish_seen_subcommand_from {name}"
        if command.operand in _SCRIPTS:
            lines.append(f"complete -c mliter -n '{seen}' -F")
        elif command.operand == "shell":
            lines.append(f"complete -c mliter -n '{seen}' -a '{' '.join(SHELLS)}'")
        elif command.operand == "demo":
            lines.append(f"complete -c mliter -n '{seen}' -a '{' '.join(DEMOS)}'")
        lines += _fish_flags(seen, command)
    words = " ".join(ACTIONS)
    for name, action in ACTIONS.items():
        condition = f"__fish_seen_subcommand_from cache; and not __fish_seen_subcommand_from {words}"
        lines.append(f"complete -c mliter -n '{condition}' -a {name} -d {_fish_quoted(action.summary)}")
        lines += _fish_flags(f"__fish_seen_subcommand_from cache; and __fish_seen_subcommand_from {name}", action)
    return "\n".join(lines) + "\n"
