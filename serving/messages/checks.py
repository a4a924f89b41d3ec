"""What is wrong with a template before it is ever rendered: names nobody fills, words nobody uses.

A condition such as ``offer == "plam"`` is never true and would go unnoticed: what a choice is compared with must
be one of its legal values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError, meta, nodes

from features.errors import PolicyError
from serving.actions import Intensity, Offer
from serving.messages.occasion import PHASES, TONES

INTENSITIES: tuple[Intensity, ...] = ("gentle", "standard", "firm")
OFFERED: tuple[Offer, ...] = ("plan", "guide", "basics", "budget")

CHOICES: Mapping[str, tuple[str, ...]] = {
    "phase": PHASES,
    "intensity": INTENSITIES,
    "stance": TONES,
    "offer": (*OFFERED, ""),
}
"""The facts that are a choice, and what they may be; an offer may be absent, which is an empty text."""


def check_template(file: Path, environment: Environment, facts: frozenset[str]) -> None:
    """Refuse a template that cannot be right.

    Raises
    ------
    PolicyError
        Naming the file and line of a fault of syntax, an unknown filter or tag, a name that is no fact, or a choice
        compared with what it never is, and what is legal there.
    """
    text = file.read_text(encoding="utf-8")
    try:
        tree = environment.parse(text)
        environment.compile(text)
    except TemplateSyntaxError as error:
        legal = f"; filters are {', '.join(sorted(environment.filters))}" if "filter" in str(error) else ""
        raise PolicyError(f"{file}: line {error.lineno}: {error.message or error}{legal}.") from error
    # before `meta`, which folds constants together in the tree
    for comparison in tree.find_all(nodes.Compare):
        _check_comparison(file, comparison)
    unknown = meta.find_undeclared_variables(tree) - facts
    for name in tree.find_all(nodes.Name):
        if name.name in unknown:
            expected = ", ".join(sorted(facts))
            raise PolicyError(f"{file}: line {name.lineno}: {name.name} is no fact; expected one of {expected}.")


def _check_comparison(file: Path, comparison: nodes.Compare) -> None:
    sides = [comparison.expr, *(operand.expr for operand in comparison.ops)]
    for name in (side.name for side in sides if isinstance(side, nodes.Name) and side.name in CHOICES):
        for constant in _constants(sides):
            if constant.value not in CHOICES[name]:
                legal = ", ".join(repr(value) for value in CHOICES[name])
                raise PolicyError(
                    f"{file}: line {constant.lineno}: {name} is never {constant.value!r}; expected one of {legal}."
                )


def _constants(sides: list[nodes.Expr]) -> Iterator[nodes.Const]:
    for side in sides:
        if isinstance(side, nodes.Const):
            yield side
        yield from side.find_all(nodes.Const)
