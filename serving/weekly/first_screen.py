"""The first screen: the week in a sentence, why, what to do, and three numbers beside last week's and the plan's."""

from __future__ import annotations

from serving.weekly.advice import Advice
from serving.weekly.comparing import Compared
from serving.weekly.speech import Speech
from serving.weekly.verdict import Verdict
from serving.weekly.weekly import Weekly

_TONES = {"better": "good", "worse": "bad", "as before": "even", "unknown": "even"}


def told(weekly: Weekly, speech: Speech) -> str:
    """Return the first screen as HTML."""
    tone = _TONES[weekly.verdict.direction]
    steps = "".join(f"<li>{_step(one, weekly, speech)}</li>" for one in weekly.advice)
    cards = "".join(_card(one, speech) for one in weekly.headline.values())
    return (
        f'<div class="verdict {tone}"><h1>{_sentence(weekly, speech)}</h1>'
        f"<p><b>{speech.of('why_head')}</b>{_why(weekly.verdict, speech)}</p>"
        f'<div class="do"><b>{speech.of("do_head")}</b><ol>{steps}</ol></div></div><div class="cards">{cards}</div>'
    )


def _sentence(weekly: Weekly, speech: Speech) -> str:
    verdict = weekly.verdict
    if verdict.direction == "unknown":
        return speech.of("no_week")
    one = weekly.headline[verdict.by]
    word = "arrears_now" if verdict.by == "arrears_rate" else "cures_now"
    parts = [f"<em>{speech.of(verdict.direction)}</em>{'：' if speech.language == 'zh' else ': '}"]
    parts.append(speech.of(word, rate=speech.rate(one.now)))
    for key, change in (("last", one.change), ("plan", one.to_plan)):
        if change is not None:
            parts.append(speech.of(f"than_{key}", change=_change(key, change, speech)))
    return "".join(parts) + speech.of("stop")


def _change(key: str, change: float, speech: Speech) -> str:
    size = f"{100 * abs(change):.1f}"
    way = "even" if size == "0.0" else "up" if change > 0 else "down"
    return speech.of(f"{way}_{key}", size=speech.points(change, signed=False))


def _why(verdict: Verdict, speech: Speech) -> str:
    if verdict.why == "nothing":
        return speech.of("why_nothing")
    names = ("fell", "cured", "fell_last", "cured_last")
    is_plain = verdict.why == "balance" and verdict.direction != "as before"
    key = "why_both" if is_plain else f"why_{verdict.why}"
    flows = speech.of(key, **{name: speech.count(getattr(verdict, name)) for name in names})
    drivers = (
        []
        if verdict.direction == "as before"
        else [
            speech.of("driver", group=_group(one.by, one.group, speech), change=speech.change(one.change))
            for one in verdict.drivers
        ]
    )
    most = speech.of("mostly", groups=speech.of("and").join(drivers)) if drivers else ""
    return flows + most + speech.of("stop")


def _group(by: str, group: str, speech: Speech) -> str:
    name = speech.name(group)
    if by != "tier":
        return name
    return f"{speech.of('by_tier')}“{name}”" if speech.language == "zh" else f"{speech.of('by_tier').lower()} {name}"


def _step(one: Advice, weekly: Weekly, speech: Speech) -> str:
    about = speech.of("anyone") if one.about is None else speech.name(one.about)
    settings, calls = speech.settings, weekly.calls
    if one.step == "alarm" and one.about is not None:
        words = settings.rules[one.about]
        return speech.of("do_alarm", name=speech.text(words.name), to_do=speech.text(words.to_do))
    if one.step == "cause" and one.about is not None:
        share = next(heard.share for heard in weekly.heard if heard.cause == one.about)
        lesson = speech.text(settings.lessons[one.about])
        return speech.of("do_cause", name=about, share=speech.rate(share, 0), lesson=lesson)
    if one.step == "calls":
        return speech.of("do_calls", more=speech.count(calls.more), brings=speech.money(calls.brings))
    begins = one.step in ("remind earlier", "work arrears")
    return speech.of(f"do_{one.step}", about=about[:1].upper() + about[1:] if begins else about)


def _card(one: Compared, speech: Speech) -> str:
    is_money = one.measure == "recovered"
    shown = speech.money if is_money else speech.rate
    rows = "".join(
        f"<tr><th>{speech.of(key)}</th><td>{shown(value) if value is not None else speech.of(absent)}</td>"
        f'<td><span class="{tone}">{_delta(one, change, speech)}</span></td></tr>'
        for key, value, change, absent, tone in (
            ("last_week", one.last, one.change, "unknown", tone_of(one, speech.settings.chance)),
            ("plan", one.plan, one.to_plan, "no_plan", plan_tone_of(one)),
        )
    )
    path = f"weeks[-1].groups[0].{one.measure}"
    return (
        f'<div class="card"><h2>{speech.of(one.measure)}</h2><p class="big">{shown(one.now)}</p><table>{rows}</table>'
        f"<small>{speech.of(f'{one.measure}_is')} {speech.of('source', path=f'<code>{path}</code>')}</small></div>"
    )


def _delta(one: Compared, change: float | None, speech: Speech) -> str:
    if change is None:
        return ""
    is_money = one.measure == "recovered"
    return speech.money(change, signed=True) if is_money else speech.of("points", size=speech.points(change))


def tone_of(one: Compared, chance: float) -> str:
    """Return how a change since last week reads: good, bad, or even where chance makes as much."""
    if one.change is None or one.chance is None or one.chance >= chance:
        return "even"
    return "good" if one.is_good(one.change) else "bad"


def plan_tone_of(one: Compared) -> str:
    """Return how a number beside its plan reads."""
    return "even" if one.keeps_plan is None else "good" if one.keeps_plan else "bad"
