"""Small pictures drawn on the server: inline SVG with a text alternative. Colours come from the style sheet.

Each takes plain numbers and returns Markup; the sentence that says the same stands in `label`.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from shared.web.words import _

TONES = ("done", "going", "wait", "stop", "none")


def _clamp(value: float) -> float:
    return min(1.0, max(0.0, value))


def gauge(taken: int, total: int, label: str, *, waiting: int = 0, line: int | None = None) -> Markup:
    """Seats as a bar: `taken` of `total`, and a hatched tail when `waiting` people queue behind.

    line: how many are enough, drawn across the bar; it is full from there on.
    """
    share = _clamp(taken / total) if total > 0 else 0.0
    # The queue is drawn to the same scale as the seats, up to half as many again.
    queue = min(0.5, max(0.06, waiting / total)) if total > 0 and waiting else 0.0
    width = 200.0 / (1 + queue)
    tail = (
        Markup('<rect class="gauge-queue" x="{x:.2f}" y="3" width="{w:.2f}" height="6"/>').format(
            x=width + 2, w=max(0.0, 200 - width - 2)
        )
        if waiting
        else ""
    )
    across = (
        Markup('<rect class="gauge-line" x="{x:.2f}" width="1.5" height="12"/>').format(
            x=max(0.0, width * _clamp(line / total) - 1.5)
        )
        if line is not None and total > 0
        else ""
    )
    return Markup(
        '<svg class="gauge" viewBox="0 0 200 12" preserveAspectRatio="none" role="img" aria-label="{label}">'
        '<rect class="gauge-all" width="{width:.2f}" height="12"/>'
        '<rect class="gauge-taken{full}" width="{taken:.2f}" height="12"/>{tail}{across}</svg>'
    ).format(
        label=label,
        width=width,
        taken=width * share,
        tail=tail,
        across=across,
        full=" is-full" if 0 < total <= taken or (line is not None and taken >= line) else "",
    )


def sparkline(values: Sequence[float], label: str) -> Markup:
    """One value per day, oldest first; the last one gets a dot."""
    if not values:
        return Markup('<svg class="spark" viewBox="0 0 120 28" role="img" aria-label="{}"></svg>').format(label)
    low, high = min(0.0, *values), max(values)
    reach = (high - low) or 1.0
    step = 114 / max(1, len(values) - 1)
    points = [(3 + index * step, 25 - 22 * (value - low) / reach) for index, value in enumerate(values)]
    if len(points) == 1:
        points = [(3.0, points[0][1]), (117.0, points[0][1])]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    area = f"3,25.5 {line} {points[-1][0]:.1f},25.5"
    return Markup(
        '<svg class="spark" viewBox="0 0 120 28" role="img" aria-label="{label}">'
        '<polygon class="spark-area" points="{area}"/><polyline class="spark-line" points="{line}"/>'
        '<circle class="spark-now" cx="{x:.1f}" cy="{y:.1f}" r="2.6"/></svg>'
    ).format(label=label, area=area, line=line, x=points[-1][0], y=points[-1][1])


def curves(
    lines: Sequence[tuple[Sequence[tuple[int, int]], str]],
    label: str,
    *,
    first: int,
    level: int,
    marks: Sequence[tuple[int, str]],
) -> Markup:
    """Counts over days, on one scale. lines: points (day, count) with "now", drawn full, or "before", drawn in dashes.

    Days go from `first` (negative) to 0; `level` is drawn across as the line not to pass; marks: days to name below.
    """
    top = max(level, *(count for points, _tone in lines for _day, count in points), 1) * 1.06

    def x(day: float) -> float:
        return 4 + 352 * _clamp((day - first) / -first)

    def y(count: float) -> float:
        return 136 - 126 * _clamp(count / top)

    drawn = [
        Markup(
            '<polyline class="curve curve-{t}" points="{p}"/><circle class="curve-end curve-end-{t}" {c} r="3"/>'
        ).format(
            t=tone,
            p=" ".join(f"{x(day):.1f},{y(count):.1f}" for day, count in points),
            c=Markup('cx="{:.1f}" cy="{:.1f}"').format(x(points[-1][0]), y(points[-1][1])),
        )
        for points, tone in lines
    ]
    named = [
        Markup('<text x="{x:.1f}" y="152" text-anchor="{a}">{w}</text>').format(
            x=x(day), w=words, a="end" if day == 0 else "start" if x(day) < 24 else "middle"
        )
        for day, words in marks
    ]
    return Markup(
        '<svg class="curves" viewBox="0 0 360 158" role="img" aria-label="{label}">'
        '<line class="curve-floor" x1="4" x2="356" y1="136" y2="136"/>'
        '<line class="curve-level" x1="4" x2="356" y1="{level:.1f}" y2="{level:.1f}"/>{lines}{names}</svg>'
    ).format(label=label, level=y(level), lines=Markup("").join(drawn), names=Markup("").join(named))


def columns(values: Sequence[int], label: str, *, marks: Sequence[tuple[int, str]]) -> Markup:
    """One column per step of time, oldest first; the tallest fills the height. marks: (place, words) to name below."""
    step, top = 352 / max(1, len(values)), max(1, *values, 1)
    drawn = [
        Markup('<rect class="column" x="{x:.2f}" y="{y:.2f}" width="{w:.2f}" height="{h:.2f}"/>').format(
            x=4 + place * step, w=max(0.8, step - 1), y=84 - 76 * value / top, h=76 * value / top
        )
        for place, value in enumerate(values)
        if value
    ]
    named = [
        Markup('<text x="{x:.1f}" y="100" text-anchor="{a}">{w}</text>').format(
            x=4 + place * step, w=words, a="start" if place * step < 24 else "end" if place * step > 330 else "middle"
        )
        for place, words in marks
    ]
    return Markup(
        '<svg class="curves columns" viewBox="0 0 360 106" role="img" aria-label="{label}">'
        '<line class="curve-floor" x1="4" x2="356" y1="84" y2="84"/>{drawn}{names}</svg>'
    ).format(label=label, drawn=Markup("").join(drawn), names=Markup("").join(named))


def stacked(parts: Sequence[tuple[str, int, str]], label: str) -> Markup:
    """States of one whole as one bar. parts: (words, count, tone) with a tone of TONES, in reading order."""
    for _words, _count, tone in parts:
        if tone not in TONES:
            raise ValueError(f"no such tone: {tone}")
    total = sum(max(0, count) for _words, count, _tone in parts)
    x = 0.0
    bars = []
    for words, count, tone in parts:
        if count <= 0:
            continue
        width = 400 * count / total
        bars.append(
            Markup('<rect class="tone-{t}" x="{x:.2f}" width="{w:.2f}" height="16"><title>{s}</title></rect>').format(
                t=tone, x=x, w=max(0.5, width - (1 if x + width < 400 else 0)), s=words + _(" :") + f" {count}"
            )
        )
        x += width
    return Markup(
        '<svg class="stacked" viewBox="0 0 400 16" preserveAspectRatio="none" role="img" aria-label="{label}">'
        '<rect class="tone-none" width="400" height="16"/>{bars}</svg>'
    ).format(label=label, bars=Markup("").join(bars))


def interval(low: float, value: float, high: float, label: str, *, floor: float = 0, top: float = 100) -> Markup:
    """A score with its doubt: a line from `low` to `high` and a mark at `value`, on the scale floor–top."""
    reach = (top - floor) or 1.0

    def x(score: float) -> float:
        return 4 + 192 * _clamp((score - floor) / reach)

    return Markup(
        '<svg class="interval" viewBox="0 0 200 16" role="img" aria-label="{label}">'
        '<line class="interval-scale" x1="4" x2="196" y1="8" y2="8"/>'
        '<line class="interval-doubt" x1="{a:.1f}" x2="{b:.1f}" y1="8" y2="8"/>'
        '<circle class="interval-value" cx="{v:.1f}" cy="8" r="4"/></svg>'
    ).format(label=label, a=x(low), b=x(high), v=x(value))


def envelope(spent: int, total: int, label: str) -> Markup:
    """Money engaged of an envelope (integer cents), with the line of the envelope drawn across."""
    scale = max(spent, total, 1) * 1.08
    return Markup(
        '<svg class="envelope" viewBox="0 0 400 24" preserveAspectRatio="none" role="img" aria-label="{label}">'
        '<rect class="gauge-all" y="5" width="400" height="14"/>'
        '<rect class="gauge-taken{over}" y="5" width="{spent:.1f}" height="14"/>'
        '<line class="envelope-line" x1="{line:.1f}" x2="{line:.1f}" y1="0" y2="24"/></svg>'
    ).format(label=label, spent=400 * spent / scale, line=400 * total / scale, over=" is-over" if spent > total else "")
