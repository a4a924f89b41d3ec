"""Whatever breaks under load: nothing acknowledged is lost or doubled, the chain verifies, and nobody lends a hand.

The smaller version of ``python -m benchmarks.faults``; each test goes on with the journal of the one before.
"""

from __future__ import annotations

import pytest

from benchmarks.faults.audit import verified
from benchmarks.faults.breaking import disk_filled, killed, taken_away
from benchmarks.faults.clock import Clock, set_back
from benchmarks.faults.databases import SmallDisk
from benchmarks.faults.models import champion_broken, own_files_damaged
from benchmarks.faults.stage import Row, Stage
from benchmarks.faults.twins import twins


def on(*databases: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("stage", databases, indirect=True)


def assert_borne(row: Row) -> None:
    told = (row.audit.lost, row.audit.doubled, row.other_answers, row.unexpected, row.audit.fault)
    assert told == ((), (), (), (), None)
    assert row.is_verified
    assert row.acknowledged > 0


@on("sqlite")
def test_two_services_keep_one_chain_and_know_what_was_posted_to_the_other(stage: Stage) -> None:
    row, seen = twins(stage, 4)
    assert_borne(row)
    assert len(seen) == 4
    stage.services[1].kill()
    stage.load.services = stage.services[:1]


@on("sqlite", "postgresql")
def test_a_database_taken_away_and_given_back(stage: Stage) -> None:
    assert_borne(taken_away(stage, 1, 1.0))


@on("sqlite", "postgresql")
def test_a_full_disk_refuses_and_goes_on_once_there_is_room(stage: Stage, disks: dict[str, SmallDisk]) -> None:
    if stage.database.name not in disks:
        pytest.skip("a small file system is mounted by root alone")
    assert_borne(disk_filled(stage, disks[stage.database.name], 1, 1.0))


@on("postgresql")
def test_a_service_whose_watcher_is_killed_in_mid_load_leaves_the_port_to_the_next(stage: Stage) -> None:
    assert_borne(killed(stage, 1, ["who watches"]))


@on("postgresql")
def test_a_broken_champion_is_refused_and_comes_by_itself_once_mended(stage: Stage) -> None:
    assert_borne(champion_broken(stage, ("one bit of the trees turned over",)))


@on("sqlite")
def test_damaged_files_of_the_champion_are_told_until_they_are_mended(stage: Stage) -> None:
    row = own_files_damaged(stage, ("trees cut short",))
    assert_borne(row)
    assert row.refused["424 no_model"] > 0


@on("sqlite", "postgresql")
def test_the_command_verifies_what_came_through_all_that(stage: Stage) -> None:
    assert verified(stage.journal)


def test_a_clock_set_back(by_clock: Stage, clock: Clock) -> None:
    assert_borne(set_back(by_clock, clock))
