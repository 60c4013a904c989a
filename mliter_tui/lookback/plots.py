"""Small plots as SVG, to stand inside a page: the course of a metric, shares beside published ones, times foretold.

Colours are the page's (CSS variables); what they say is said by a letter or a word as well.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 640, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 14, 28


def _svg(title: str, body: str, height: int = HEIGHT) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>'
        f"{body}</svg>"
    )


def _text(x: float, y: float, text: str, anchor: str = "start", kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(text)}</text>'


def _scale(low: float, high: float, start: float, end: float) -> tuple[float, float]:
    """Factor and offset that put low at start and high at end."""
    factor = (end - start) / (high - low) if high > low else 0.0
    return factor, start - low * factor if factor else (start + end) / 2


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round values between two, about so many."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low] if math.isfinite(low) else []
    rough = (high - low) / most
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * k for k in (1, 2, 5, 10) if size * k >= rough)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 12) for k in range(first, int(high / step + 1e-9) + 1)]


def course(title: str, points: Sequence[tuple[int, float, tuple[float, float] | None, str]]) -> str:
    """A value per iteration: (number, value, its interval, the letter of its label)."""
    known = [point for point in points if math.isfinite(point[1])]
    bounds = [b for _, value, span, _ in known for b in (value, *(span or ()))]
    if not known:
        return ""
    low, high = min(bounds), max(bounds)
    pad = (high - low) * 0.1 or abs(high) * 0.05 or 1.0
    low, high = low - pad, high + pad
    kx, ox = _scale(known[0][0], known[-1][0], _LEFT + 12, WIDTH - _RIGHT - 12)
    ky, oy = _scale(low, high, HEIGHT - _BOTTOM, _TOP)
    parts = [_grid(ticks(low, high), ky, oy)]
    line = " ".join(f"{n * kx + ox:.1f},{v * ky + oy:.1f}" for n, v, _, _ in known)
    parts.append(f'<polyline points="{line}" class="line"/>')
    every = max(1, len(known) // 16)
    for at, (number, value, span, letter) in enumerate(known):
        x, y = number * kx + ox, value * ky + oy
        if span is not None:
            parts.append(f'<path d="M{x:.1f} {span[0] * ky + oy:.1f}V{span[1] * ky + oy:.1f}" class="span"/>')
        hint = f"<title>{number}: {value:.6g}</title>"
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="dot">{hint}</circle>')
        if len(known) <= 40:
            top = span[1] * ky + oy if span is not None else y
            parts.append(_text(x, top - 6, letter, "middle", "small"))
        if at % every == 0:
            parts.append(_text(x, HEIGHT - 8, str(number), "middle", "small"))
    return _svg(title, "".join(parts))


def _grid(values: Sequence[float], ky: float, oy: float) -> str:
    parts = []
    for value in values:
        y = value * ky + oy
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}" class="grid"/>')
        parts.append(_text(_LEFT - 6, y + 4, f"{value:g}", "end", "small"))
    return "".join(parts)


def shares(title: str, rows: Sequence[tuple[str, float, float]]) -> str:
    """Bars of shares: (name, here, published)."""
    height, parts = 46 * len(rows) + 8, []
    room = WIDTH - 150 - 60
    for at, (name, here, published) in enumerate(rows):
        y = 6 + at * 46
        parts.append(_text(140, y + 21, name, "end"))
        for top, share, kind, words in ((y, here, "here", "here"), (y + 18, published, "pub", "published")):
            parts.append(f'<rect x="150" y="{top}" width="{share * room:.1f}" height="15" class="{kind}"/>')
            parts.append(_text(156 + share * room, top + 12, f"{share:.0%} {words}", kind="small"))
    return _svg(title, "".join(parts), height)


def foretold(title: str, points: Sequence[tuple[int, float, float]]) -> str:
    """Seconds foretold and taken, on logarithmic axes: (iteration, foretold, taken). On the line they are equal."""
    known = [(n, max(before, 1e-3), max(took, 1e-3)) for n, before, took in points]
    if not known:
        return ""
    low = min(min(before, took) for _, before, took in known) / 1.5
    high = max(max(before, took) for _, before, took in known) * 1.5
    side = HEIGHT - _BOTTOM - _TOP
    kx, ox = _scale(math.log10(low), math.log10(high), _LEFT, _LEFT + 1.6 * side)
    ky, oy = _scale(math.log10(low), math.log10(high), HEIGHT - _BOTTOM, _TOP)
    ends = [(math.log10(v) * kx + ox, math.log10(v) * ky + oy) for v in (low, high)]
    parts = [f'<path d="M{ends[0][0]:.1f} {ends[0][1]:.1f}L{ends[1][0]:.1f} {ends[1][1]:.1f}" class="grid"/>']
    for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
        if low <= 10**power <= high:
            parts.append(_text(_LEFT - 6, power * ky + oy + 4, f"{10**power:g} s", "end", "small"))
            parts.append(_text(power * kx + ox, HEIGHT - 8, f"{10**power:g} s", "middle", "small"))
    for number, before, took in known:
        x, y = math.log10(before) * kx + ox, math.log10(took) * ky + oy
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="dot"/>')
        parts.append(_text(x + 6, y + 4, str(number), kind="small"))
    parts.append(_text(_LEFT + 1.6 * side + 12, HEIGHT - _BOTTOM, "foretold, to the right", kind="small"))
    parts.append(_text(_LEFT + 1.6 * side + 12, _TOP + 10, "taken, upwards", kind="small"))
    return _svg(title, "".join(parts))
