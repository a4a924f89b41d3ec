"""The charts of the weekly report as inline SVG: nothing runs, and colours follow the page's."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil, floor, log10

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _FOOT = 360, 150, 42, 12, 12, 22


def line(values: Sequence[float | None], ends: Sequence[str], plan: float | None, title: str) -> str:
    """Return shares a week as a line, the last one marked, and the plan dashed; gaps where a share is not known."""
    known = [value for value in (*values, plan) if value is not None]
    if not any(value is not None for value in values):
        return ""
    low, high = min(known), max(known)
    pad = max((high - low) * 0.25, 0.005)
    low, high = max(low - pad, 0.0), high + pad
    at = [(_x(k, len(values)), _y(value, low, high)) for k, value in enumerate(values) if value is not None]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    parts = [_grid(low, high, percent=True), _weeks(ends)]
    if plan is not None:
        y = _y(plan, low, high)
        parts.append(f'<line class="plan" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
    parts.append(f'<polyline class="line" points="{path}"/>')
    parts += [f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="1.8"/>' for x, y in at[:-1]]
    parts.append(f'<circle class="dot now" cx="{at[-1][0]:.1f}" cy="{at[-1][1]:.1f}" r="4"/>')
    return _svg(title, parts)


def pairs(first: Sequence[int], second: Sequence[int], ends: Sequence[str], title: str) -> str:
    """Return two counts a week as bars side by side."""
    most = max((*first, *second), default=0)
    if not most:
        return ""
    unit = 10.0 ** floor(log10(most)) / 5
    high = ceil(most / unit) * unit
    width = (_WIDTH - _LEFT - _RIGHT) / len(first)
    parts = [_grid(0.0, high, percent=False), _weeks(ends)]
    for k, both in enumerate(zip(first, second, strict=True)):
        for place, value in enumerate(both):
            x, y = _LEFT + width * (k + 0.14 + 0.37 * place), _y(value, 0.0, high)
            size = f'width="{width * 0.34:.1f}" height="{max(_HEIGHT - _FOOT - y, 0):.1f}"'
            parts.append(f'<rect class="bar{place}" x="{x:.1f}" y="{y:.1f}" {size}/>')
    return _svg(title, parts)


def interval(low: float, value: float, high: float, title: str) -> str:
    """Return a value with its interval beside zero."""
    ends = (min(low, 0.0), max(high, 0.0))
    pad = max(ends[1] - ends[0], 1e-9) * 0.08
    span = (ends[0] - pad, ends[1] + pad)

    def x(at: float) -> float:
        return 10 + (at - span[0]) / (span[1] - span[0]) * (_WIDTH - 20)

    parts = [
        f'<line class="axis" x1="{x(0):.1f}" x2="{x(0):.1f}" y1="6" y2="34"/>',
        f'<text class="tick" x="{x(0):.1f}" y="46" text-anchor="middle">0</text>',
        f'<line class="whisker" x1="{x(low):.1f}" x2="{x(high):.1f}" y1="20" y2="20"/>',
        f'<circle class="dot now" cx="{x(value):.1f}" cy="20" r="5"/>',
    ]
    return _svg(title, parts, height=50)


def share(now: float, last: float, most: float) -> str:
    """Return a share as a bar, with last week's as a mark; ``most`` is the widest of the table."""
    scale = 100 / max(most, 1e-9)
    return (
        '<svg class="share" viewBox="0 0 104 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="bar1" x="0" y="1.5" width="{now * scale:.1f}" height="7"/>'
        f'<rect class="mark" x="{last * scale:.1f}" y="0" width="1.4" height="10"/></svg>'
    )


def _x(k: int, count: int) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (k + 0.5) / count


def _y(value: float, low: float, high: float) -> float:
    return _TOP + (high - value) / max(high - low, 1e-12) * (_HEIGHT - _TOP - _FOOT)


def _grid(low: float, high: float, percent: bool) -> str:
    told = []
    for value in (low, (low + high) / 2, high):
        y, words = _y(value, low, high), f"{100 * value:.0f}%" if percent else f"{value:,.0f}"
        if percent and high - low < 0.04:
            words = f"{100 * value:.1f}%"
        told.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        told.append(f'<text class="tick" x="{_LEFT - 5}" y="{y + 3.5:.1f}" text-anchor="end">{words}</text>')
    return "".join(told)


def _weeks(ends: Sequence[str]) -> str:
    """Return the days on which some of the weeks end, the last among them."""
    places = range(len(ends) - 1, -1, -4)
    words = ((_x(k, len(ends)), ends[k][5:10].replace("-", "/")) for k in places)
    return "".join(
        f'<text class="tick" x="{x:.1f}" y="{_HEIGHT - 6}" text-anchor="middle">{day}</text>' for x, day in words
    )


def _svg(title: str, parts: Sequence[str], height: int = _HEIGHT) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )
