"""What follows the first screen, section by section: a title, and a body of HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from serving.monitoring.alarms import Alarm
from serving.monitoring.treatment import GroupTreatment
from serving.weekly import charts
from serving.weekly.cases import Case
from serving.weekly.comparing import Compared, ComparedGroup
from serving.weekly.first_screen import plan_tone_of, tone_of
from serving.weekly.heard import Heard
from serving.weekly.speech import Speech
from serving.weekly.weekly import PER, Weekly

_LETTERS = "ABC"


def all_of(weekly: Weekly, speech: Speech) -> Iterator[tuple[str, str]]:
    """Yield the sections in their order."""
    yield speech.of("s_weeks", weeks=speech.count(len(weekly.history))), _weeks(weekly, speech)
    yield speech.of("s_groups"), _groups(weekly, speech)
    yield speech.of("s_added"), _added(weekly, speech)
    yield speech.of("s_calls"), _calls(weekly, speech)
    yield speech.of("s_heard"), _heard(weekly, speech)
    yield speech.of("s_rules"), _rules(weekly, speech)
    yield speech.of("s_cases"), _cases(weekly.cases, speech)


def _weeks(weekly: Weekly, speech: Speech) -> str:
    ends = [week.until for week in weekly.history]
    whole = [week.groups[0] for week in weekly.history]
    drawn = (
        charts.line(
            [one.arrears_rate for one in whole],
            ends,
            weekly.headline["arrears_rate"].plan,
            speech.of("chart_arrears"),
        ),
        charts.line([one.cure_rate for one in whole], ends, weekly.headline["cure_rate"].plan, speech.of("chart_cure")),
        charts.pairs([one.fell for one in whole], [one.cured for one in whole], ends, speech.of("chart_flows")),
    )
    legend = f'<span class="key0">{speech.of("fell")}</span><span class="key1">{speech.of("cured")}</span>'
    captions = (
        speech.of("chart_arrears"),
        speech.of("chart_cure"),
        f"{speech.of('chart_flows')} {legend}",
    )
    figures = "".join(
        f"<figure><figcaption>{caption}</figcaption>{svg or speech.of('unknown')}</figure>"
        for caption, svg in zip(captions, drawn, strict=True)
    )
    return f'<div class="figures">{figures}</div>{_note(speech, "flows_is", "weeks[].groups[0]")}'


def _groups(weekly: Weekly, speech: Speech) -> str:
    keys = ("h_loans", "h_overdue", "h_money", "h_rate", "h_change", "h_plan", "h_cure", "h_change", "h_plan")
    head = f"<th></th>{''.join(f'<th>{speech.of(key)}</th>' for key in keys)}"
    body = []
    for by, rows in groupby(weekly.groups, key=lambda one: one.by):
        title = "" if by == "all" else f'<tr class="by"><th colspan="10">{speech.of(f"by_{by}")}</th></tr>'
        body.append(f"<tbody>{title}{''.join(_group(one, speech) for one in rows)}</tbody>")
    table = f'<table class="numbers"><thead><tr>{head}</tr></thead>{"".join(body)}</table>'
    return f'<div class="wide long">{table}</div>{_note(speech, "groups_is", "weeks[-1].groups, weeks[-2].groups")}'


def _group(one: ComparedGroup, speech: Speech) -> str:
    name = speech.of("by_all") if one.by == "all" else speech.name(one.group)
    cells = [
        speech.count(one.loans),
        speech.count(one.overdue_loans),
        "–" if one.overdue is None else speech.money(one.overdue),
    ]
    for measure in ("arrears_rate", "cure_rate"):
        told = one.measures[measure]
        plan = "" if told.plan is None else f'<span class="{plan_tone_of(told)}">{speech.rate(told.plan)}</span>'
        cells += ["–" if told.now is None else speech.rate(told.now), _change(told, speech), plan]
    mark = ' class="all"' if one.by == "all" else ""
    return f"<tr{mark}><th>{name}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _change(told: Compared, speech: Speech) -> str:
    if told.change is None:
        return "–"
    return f'<span class="{tone_of(told, speech.settings.chance)}">{speech.points(told.change)}</span>'


def _added(weekly: Weekly, speech: Speech) -> str:
    added, per = weekly.added, speech.count(PER)
    source = _note(speech, "added_is", "policies", per=per)
    if added.value is None or added.low is None or added.high is None:
        return f"<p>{speech.of('added_none')}</p>{source}"
    ends = {name: speech.money(getattr(added, name), signed=True) for name in ("value", "low", "high")}
    rests_on = {"decisions": speech.count(added.decisions), "overlap": speech.rate(added.overlap, 0)}
    how = speech.of("added_dm" if added.modelled else "added_dr", **rests_on)
    drawn = charts.interval(added.low, added.value, added.high, speech.of("s_added"))
    return (
        f'<p class="says">{speech.of("added_says", per=per, **ends)}</p><figure class="interval">{drawn}</figure>'
        f"<p>{how}</p>{source}"
    )


def _calls(weekly: Weekly, speech: Speech) -> str:
    now, last = weekly.week.channels, {} if weekly.last is None else weekly.last.channels
    names = sorted({*now, *last}, key=lambda name: -now.get(name, 0))
    rows = "".join(
        f"<tr><th>{speech.name(name)}</th><td>{speech.count(now.get(name, 0))}</td>"
        f"<td>{speech.count(last.get(name, 0))}</td></tr>"
        for name in names
    )
    head = "".join(f"<th>{speech.of(key)}</th>" for key in ("h_channel", "h_this", "h_last"))
    table = f'<table class="numbers narrow"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>' if rows else ""
    sentences = " ".join(_calls_told(weekly, speech))
    paths = "weeks[-1].channels, calls"
    return f'<div class="beside">{table}<p class="says">{sentences}</p></div>{_note(speech, "calls_is", paths)}'


def _calls_told(weekly: Weekly, speech: Speech) -> Iterator[str]:
    calls = weekly.calls
    yield speech.of("calls_a_day", a_day=speech.count(calls.a_day))
    more = speech.count(calls.more)
    if calls.limit is None:
        yield speech.of("calls_free", more=more)
        return
    yield speech.of("calls_used", limit=speech.count(calls.limit), used=speech.rate(calls.used, 0))
    if calls.brings is None:
        yield speech.of("calls_refused")
    elif calls.brings > 0:
        yield speech.of("calls_more", more=more, brings=speech.money(calls.brings), price=speech.money(calls.price))
    else:
        yield speech.of("calls_enough", more=more, planned=speech.count(calls.planned))


def _heard(weekly: Weekly, speech: Speech) -> str:
    source = _note(speech, "heard_is", "weeks[-1].causes")
    replies_last = 0 if weekly.last is None else weekly.last.replies
    if not weekly.week.replies:
        return f"<p>{speech.of('heard_none')}</p>{source}"
    lead = speech.of("heard_lead", replies=speech.count(weekly.week.replies), replies_last=speech.count(replies_last))
    shown = weekly.heard[: speech.settings.most_shown]
    most = max(max(one.share, one.share_last) for one in shown)
    head = "".join(f"<th>{speech.of(key)}</th>" for key in ("h_cause", "h_this", "h_last", "h_share"))
    rows = "".join(_cause(one, most, speech) for one in shown)
    return (
        f'<p>{lead}</p><div class="wide"><table class="numbers causes"><thead><tr>{head}<th></th>'
        f"<th>{speech.of('h_lesson')}</th></tr></thead><tbody>{rows}</tbody></table></div>{source}"
    )


def _cause(one: Heard, most: float, speech: Speech) -> str:
    lesson = speech.text(speech.settings.lessons[one.cause])
    return (
        f"<tr><th>{speech.name(one.cause)}</th><td>{speech.count(one.told)}</td><td>{speech.count(one.told_last)}</td>"
        f"<td>{speech.rate(one.share, 0)}</td><td>{charts.share(one.share, one.share_last, most)}</td>"
        f'<td class="prose">{lesson}</td></tr>'
    )


def _rules(weekly: Weekly, speech: Speech) -> str:
    ends = {"since": speech.day(weekly.window_since), "until": speech.day(weekly.until)}
    lead = speech.of(
        "rules_lead", decisions=speech.count(weekly.decisions), asked=speech.count(weekly.person_requests), **ends
    )
    parts = (_alarms, _blocks, _voices, _fair)
    return f'<p class="long">{lead}</p>{"".join(part(weekly, speech) for part in parts)}'


def _alarms(weekly: Weekly, speech: Speech) -> str:
    rows = "".join(f"<li>{_alarm(one, speech)}</li>" for one in weekly.alarms)
    return f"<h3>{speech.of('alarms_head')}</h3><ul>{rows or f'<li>{speech.of("none")}</li>'}</ul>"


def _alarm(one: Alarm, speech: Speech) -> str:
    words, level = speech.settings.rules[one.rule], f'<span class="level {one.level}">{speech.of(one.level)}</span>'
    return f"{level} {speech.text(words.name)}: {speech.text(words.to_do)}"


def _blocks(weekly: Weekly, speech: Speech) -> str:
    shown = [one for one in weekly.blocks if one.blocked][: speech.settings.most_shown]
    rows = "".join(
        f"<tr><th>{speech.name(one.rule)}</th><td>{speech.count(one.blocked)}</td>"
        f"<td>{speech.count(one.blocked_before)}</td></tr>"
        for one in shown
    )
    head = "".join(f"<th>{speech.of(key)}</th>" for key in ("h_rule", "h_now", "h_before"))
    table = f'<table class="numbers"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>' if rows else ""
    return f"{table}{_note(speech, 'rules_is', 'treatment.blocks')}"


def _voices(weekly: Weekly, speech: Speech) -> str:
    told = "".join(
        f"<li>{speech.of(one.name)}: "
        f"{speech.of('voice_of', reminders=speech.count(one.reminders), said=speech.count(one.said))}</li>"
        for one in weekly.voices
    )
    return f"<h3>{speech.of('h_voice')}</h3><ul>{told}</ul>"


def _fair(weekly: Weekly, speech: Speech) -> str:
    if not weekly.fairness:
        return f"<p>{speech.of('fair_none')}</p>"
    large = [one for one in weekly.fairness if one.chance <= weekly.chance_asked]
    lead = speech.of("fair_yes", count=speech.count(len(large))) if large else speech.of("fair_no")
    shown = (large or weekly.fairness)[: speech.settings.most_shown]
    keys = ("h_customers", "h_share2", "h_gap")
    head = f'<th>{speech.of("h_group")}</th><th class="prose">{speech.of("h_treated")}</th>'
    head += "".join(f"<th>{speech.of(key)}</th>" for key in keys)
    rows = "".join(_treated(one, speech) for one in shown)
    table = f'<table class="numbers"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return f"<p>{lead}</p>{table}{_note(speech, 'fair_is', 'treatment.groups')}"


def _treated(one: GroupTreatment, speech: Speech) -> str:
    return (
        f'<tr><th>{speech.name(one.grouping)}: {speech.name(one.group)}</th><td class="prose">'
        f"{speech.name(one.treatment)}</td><td>{speech.count(one.customers)}</td><td>{speech.rate(one.share)}</td>"
        f"<td>{speech.points(one.gap)}</td></tr>"
    )


def _cases(cases: Sequence[Case], speech: Speech) -> str:
    if not cases:
        return f"<p>{speech.of('cases_none')}</p>"
    told = "".join(_case(letter, one, speech) for letter, one in zip(_LETTERS, cases, strict=False))
    return f'<div class="cases">{told}</div>{_note(speech, "cases_is", "cases")}'


def _case(letter: str, one: Case, speech: Speech) -> str:
    who = {"tier": one.tier, "product": one.product, "bucket": one.bucket}
    parts = [
        speech.of(
            "case_who",
            letter=letter,
            amount=speech.money(one.amount),
            **{key: speech.name(name) for key, name in who.items()},
        )
    ]
    if one.reasons:
        reasons = speech.of("and").join(_begun_small(speech.words(words)) for words in one.reasons)
        parts.append(speech.of("case_why", reasons=reasons))
    parts.append(speech.of("case_stance", stance=speech.name(one.stance)))
    parts.append(speech.of("case_did", action=speech.action(one.action), effect=speech.points(one.expected_effect)))
    if one.requires_human:
        parts.append(speech.of("case_human"))
    paid = one.paid_after
    parts.append(speech.of("case_unpaid") if paid is None else speech.of("case_paid", days=speech.count(paid)))
    gap = "" if speech.language == "zh" else " "
    return f'<div class="case"><h3>{letter}. {speech.of(f"case_{one.kind}")}</h3><p>{gap.join(parts)}</p></div>'


def _begun_small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _note(speech: Speech, key: str, path: str, **parts: str) -> str:
    source = speech.of("source", path=f"<code>{escape(path)}</code>")
    return f"<small>{speech.of(key, **parts)} {source}</small>"
