"""`duewise plan CUSTOMER`: the coming weeks as a person reads them."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

import duewise

RUN = CliRunner()


def planned(world: Any, customer: str, *more: str) -> Any:
    arguments = ["plan", customer, "--book", str(world.folder), "--as-of", world.as_of.isoformat(), *more]
    return RUN.invoke(duewise.app, arguments, env={"COLUMNS": "200"})


def test_the_coming_weeks_are_shown_with_their_rules(world: Any) -> None:
    name = world.book.customers["customer_id"].iloc[0]
    done = planned(world, name)
    assert done.exit_code == 0, done.output
    for word in (f"{name}: the coming weeks", "under which rule", "ladder", "stance"):
        assert word in done.output


def test_staff_may_read_it_in_another_language_than_the_customers(world: Any) -> None:
    people = world.book.customers
    name = people.loc[people["language"] == "zh", "customer_id"].iloc[0]
    said = planned(world, name, "--language", "en")
    assert said.exit_code == 0
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in said.output.replace("【", ""))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("nobody",), "'nobody' is not in the book"), (("C0000000", "--language", "fr"), "fr")],
    ids=["a stranger", "a language nobody speaks"],
)
def test_what_cannot_be_shown_is_refused(world: Any, arguments: tuple[str, ...], words: str) -> None:
    done = planned(world, *arguments)
    assert done.exit_code == 2
    assert words in done.output
