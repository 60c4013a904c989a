"""The log: whatever a script prints becomes lines that a terminal can be given, and stays small."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mliter_tui.view.log import LONGEST_LINE, MOST_LINES, Log, LogLine, shown


def lines(*pieces: str, node: int | None = 1) -> list[str]:
    log = Log()
    for piece in pieces:
        log.add(node, "stdout", piece)
    return [line.text for line in log.lines]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ((), []),
        (("a\n",), ["a"]),
        (("a\nb",), ["a", "b"]),
        (("a", "b\n", "c"), ["ab", "c"]),
        (("a\n", "\n", "b\n"), ["a", "", "b"]),
        (("\n",), [""]),
        (("a\r\n", "b\r\n"), ["a", "b"]),
        (("a\r", "\nb"), ["a", "b"]),
    ],
)
def test_pieces_become_lines(pieces: tuple[str, ...], expected: list[str]) -> None:
    assert lines(*pieces) == expected


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (("10%\r20%\r30%",), "30%"),
        (("10%\r", "20%\r", "30%\r"), "30%"),
        (("10%", "\r20%", "\r"), "20%"),
        (("1/3" + "\b" * 3, "2/3" + "\b" * 3, "3/3"), "3/3"),
        (("1/3\b\b\b",), "1/3"),
        (("\b\bab",), "ab"),
    ],
)
def test_progress_bars_show_what_was_written_last(pieces: tuple[str, ...], expected: str) -> None:
    assert lines(*pieces) == [expected]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (("\x1b[31mred\x1b[0m",), "red"),
        (("\x1b[3", "1mred\x1b", "[0m!"), "red!"),
        (("\x1b]0;title\x07text",), "text"),
        (("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",), "link"),
        (("\x1b[2J\x1b[Htop",), "top"),
        (("a\x1b(Bb", "\x1b", "(", "B!"), "ab!"),
        (("a\tb",), "a       b"),
        (("bell\x07",), "bell\ufffd"),
        (("\x9b31mx",), "\ufffd31mx"),
        (("\ud800",), "\ufffd"),
        (("日本\u200b",), "日本\ufffd"),
        (("[bold]text[/]",), "[bold]text[/]"),
    ],
)
def test_nothing_in_a_line_is_obeyed_by_a_terminal(pieces: tuple[str, ...], expected: str) -> None:
    assert lines(*pieces) == [expected]


@given(st.lists(st.text(alphabet=st.characters() | st.sampled_from("\x1b[]\r\n\b\x07m;0"), max_size=30), max_size=8))
def test_lines_are_printable_whatever_comes(pieces: list[str]) -> None:
    assert all(text.isprintable() for text in lines(*pieces))


@given(
    st.text(alphabet=st.sampled_from("ab\x1b[]3;1m(\\\r\n\b\x07"), max_size=40),
    st.lists(st.integers(0, 40), max_size=6),
)
def test_it_does_not_matter_where_output_is_cut_into_pieces(text: str, cuts: list[int]) -> None:
    places = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    assert lines(*(text[a:b] for a, b in pairwise(places))) == lines(text)


def test_output_of_others_in_between_parts_a_line() -> None:
    log = Log()
    for node, channel, text in ((1, "stdout", "a"), (1, "stderr", "oops"), (1, "stdout", "b"), (2, "stdout", "c\n")):
        log.add(node, channel, text)
    assert log.lines == [
        LogLine(1, "stdout", "a"), LogLine(1, "stderr", "oops"), LogLine(1, "stdout", "b"), LogLine(2, "stdout", "c"),
    ]  # fmt: skip
    assert [line.text for line in log.of(1)] == ["a", "oops", "b"]
    assert [line.text for line in log.of(None)] == ["a", "oops", "b", "c"]


def test_output_outside_any_node() -> None:
    log = Log()
    log.add(None, "stdout", "bye\n")
    assert log.lines == [LogLine(None, "stdout", "bye")]


def test_long_lines_are_cut_whether_or_not_they_come_in_pieces() -> None:
    cut = "x" * LONGEST_LINE + "…"
    assert lines("x" * 10_000 + "\nb") == [cut, "b"]
    assert lines(*["x" * 500] * 20, "\nb") == [cut, "b"]
    assert lines("x" * LONGEST_LINE) == ["x" * LONGEST_LINE]
    assert lines(*["x" * 5000] * 3, "\rshort") == ["short"]


def test_a_hundred_megabytes_in_pieces_stay_small() -> None:
    log = Log()
    piece = ("x" * 99 + "\n") * 100
    for _ in range(10_000):
        log.add(1, "stdout", piece)
    assert len(log.lines) <= MOST_LINES + 500
    assert len(log.lines) + log.dropped == 1_000_000
    assert log.version == 10_000


def test_a_hundred_megabytes_without_an_end_of_line_stay_small() -> None:
    log = Log()
    for _ in range(10_000):
        log.add(1, "stdout", "x" * 10_000)
    assert [len(line.text) for line in log.lines] == [LONGEST_LINE + 1]
    log.add(1, "stdout", "\nnext")
    assert [line.text for line in log.lines][1:] == ["next"]


def test_one_huge_piece_keeps_its_newest_lines() -> None:
    log = Log()
    log.add(1, "stdout", "begun")
    log.add(1, "stdout", "".join(f"{n}\n" for n in range(20_000)))
    assert len(log.lines) == MOST_LINES
    assert log.lines[-1].text == "19999"
    assert log.dropped == 20_000 - MOST_LINES
    log.add(1, "stdout", "more")
    assert log.lines[-1].text == "more"


def test_bytes_that_are_no_text() -> None:
    data = bytes(range(256)) * 4
    text = data.decode("utf-8", "surrogateescape")
    assert all(line.isprintable() for line in lines(text))


def test_shown_is_for_one_line() -> None:
    assert shown("a\x1b[1mb\x1b[0m\rc") == "c"


def test_an_empty_piece_changes_nothing() -> None:
    log = Log()
    log.add(1, "stdout", "")
    assert (log.version, log.lines) == (0, [])
