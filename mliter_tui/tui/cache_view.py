"""View 3: the values kept, what each takes and saves, and how full the store is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from mliter_tui.facts import CacheEntry
from mliter_tui.render.bars import budget_bar
from mliter_tui.render.spans import Span
from mliter_tui.tui.rows import Rows
from mliter_tui.tui.tables import Column, cells_of_row, column_at, fitting, heading
from mliter_tui.wording import bytes_text, one_line, seconds_text


def worth(entry: CacheEntry) -> float:
    """Seconds it saves each time it is loaded, per megabyte; minus infinity where that is not known."""
    if entry.load_seconds is None or entry.compute_seconds is None or entry.nbytes <= 0:
        return -math.inf
    return (entry.compute_seconds - entry.load_seconds) / (entry.nbytes / 1e6)


def _seconds(seconds: float | None) -> str:
    return seconds_text(seconds) if seconds is not None else "?"


def _worth(entry: CacheEntry) -> str:
    number = worth(entry)
    if not math.isfinite(number):
        return "?"
    return seconds_text(number) if number >= 0 else f"-{seconds_text(-number)}"


def ago(seconds: float) -> str:
    """How long ago, in the largest unit that fits."""
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return "just now"


class CacheView(Rows):
    """Sorted by one column; rows marked with `v` are evicted or pinned together."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.entries: list[CacheEntry] = []
        self.now = 0.0
        self.columns: list[Column[CacheEntry]] = [
            Column("name", 0, lambda e: one_line(e.name), lambda e: e.name, lambda e: "title", numeric=False),
            Column("size", 8, lambda e: bytes_text(e.nbytes), lambda e: e.nbytes),
            Column("load", 7, lambda e: _seconds(e.load_seconds), lambda e: e.load_seconds or 0.0, lambda e: "load"),
            Column("compute", 8, lambda e: _seconds(e.compute_seconds), lambda e: e.compute_seconds or 0.0,
                   lambda e: "compute"),
            Column("saved/MB", 9, _worth, worth, lambda e: "good" if worth(e) > 0 else "dim"),
            Column("used", 11, lambda e: ago(self.now - e.used), lambda e: e.used, lambda e: "dim", importance=2),
            Column("key", 12, lambda e: one_line(e.key, 12), lambda e: e.key, lambda e: "dim", False, 3),
            Column("pinned", 6, lambda e: "pinned" if e.pinned else "", lambda e: e.pinned, lambda e: "mark", False, 1),
        ]  # fmt: skip
        self.sorted_by = "saved/MB"

    def count(self) -> int:
        return len(self.entries) + 2

    def sync(self) -> None:
        app = self.watch_app
        listed = app.desk.view.cache
        self.now = app.desk.clock()
        self.border_title = "3 Cache"
        key = self.selected_key()
        if app.kept.sort in [column.title for column in self.columns]:
            self.sorted_by = app.kept.sort
        column = next(column for column in self.columns if column.title == self.sorted_by)
        entries = list(listed.entries) if listed is not None else []
        entries.sort(key=lambda entry: (entry.name, entry.key))
        entries.sort(key=column.order, reverse=column.numeric)
        self.entries = entries
        if key is not None:
            self.cursor = next((at for at, e in enumerate(entries) if e.key == key), self.cursor - 2) + 2
        self.cursor = max(self.cursor, 2 if self.entries else 0)
        super().sync()
        app.desk.marked &= {entry.key for entry in entries}

    def _columns(self, width: int) -> list[tuple[Column[CacheEntry], int]]:
        return fitting(self.columns, width - 3)

    def spans(self, index: int, width: int) -> Iterable[Span]:
        if index == 1:
            return [Span("   "), *heading(self._columns(width), self.sorted_by, self.watch_app.ascii)]
        if index == 0:
            return self._summary()
        entry = self.entries[index - 2]
        marked = entry.key in self.watch_app.desk.marked
        tick = ("x" if self.watch_app.ascii else "✓") if marked else " "
        return [Span(f" {tick} ", "mark"), *cells_of_row(self._columns(width), entry)]

    def _summary(self) -> Sequence[Span]:
        app = self.watch_app
        listed = app.desk.view.cache
        if listed is None:
            return [Span("   asking for the cache …", "dim")]
        marked = [entry for entry in self.entries if entry.key in app.desk.marked]
        size = bytes_text(sum(entry.nbytes for entry in marked))
        chosen = f"   {len(marked)} chosen, {size}" if marked else ""
        policy = app.desk.view.session.policy if app.desk.view.session is not None else ""
        many = f"   {len(self.entries)} value{'s' * (len(self.entries) != 1)}   policy {policy}"
        bar = budget_bar(listed.used, listed.budget, 20, ascii=app.ascii)
        return [Span("   "), *bar, Span(many, "dim"), Span(chosen, "mark")]

    def row_at(self, y: int) -> int:
        """The first two rows stay in sight."""
        return y if y < 2 and self.size.height > 4 else super().row_at(y)

    def go(self, index: int) -> None:
        if self.entries:
            super().go(max(2, index))

    def reveal(self, index: int) -> None:
        if index < self.scroll_offset.y + 3:
            self.scroll_to(y=max(0, index - 3), animate=False, force=True)
        else:
            super().reveal(index)

    def chosen(self, index: int) -> None:
        self.watch_app.moved()

    def entered(self, index: int, column: int = -1) -> None:
        self.toggle()

    def clicked(self, index: int, column: int) -> bool:
        if index == 1:
            found = column_at(self._columns(self.row_width), column, 3)
            if found is not None:
                self.sort(found.title)
            return True
        return index < 2

    def sort(self, title: str) -> None:
        """Sort by that column, the most at the top."""
        self.sorted_by = self.watch_app.kept.sort = title
        self.sync()

    def sort_next(self, by: int) -> None:
        titles = [column.title for column, _ in self._columns(self.row_width)]
        at = titles.index(self.sorted_by) if self.sorted_by in titles else 0
        self.sort(titles[(at + by) % len(titles)])

    def selected_key(self) -> str | None:
        at = self.cursor - 2
        return self.entries[at].key if 0 <= at < len(self.entries) else None

    def toggle(self) -> None:
        """Choose the row, or not, and go on to the next."""
        key = self.selected_key()
        if key is not None:
            self.watch_app.desk.marked ^= {key}
            self.move(1)
            self.watch_app.moved()
            self.refresh_changed()
