"""The archive: the same settings are the same bytes, and nothing in it leads out of a folder or is run."""

from __future__ import annotations

import os
import shutil
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from features.errors import PolicyError
from serving.feedback.cause_model import SHIPPED
from serving.journal import Journal
from serving.journal.entry import Entry
from serving.replay import Archive, ReplayError, archive_of, desk_of, kept_archive, settings_entry
from serving.replay.archive import shipped_causes_digest
from serving.settings import CONFIGS

from .conftest import AT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONFIGS, tmp_path / "configs"))


def made(files: object, form: int = 1) -> Archive:
    return Archive(msgspec.msgpack.encode([form, "causes", files]))


def test_the_same_settings_are_the_same_bytes_wherever_and_whenever(folder: Path) -> None:
    for file in folder.rglob("*"):
        os.utime(file, (1, 1))
    assert archive_of(folder).packed == archive_of(CONFIGS).packed
    assert archive_of(folder).digest == sha256(archive_of(folder).packed).hexdigest()


def test_all_that_decides_is_in_it_and_nothing_else(folder: Path) -> None:
    (folder / "model.pkl").write_bytes(b"\x80\x04.")
    files = archive_of(folder).files
    assert {"policy.yaml", "rules/cn.yaml", "rules/bank.yaml", "messages/zh/sms.j2", "explanations.yaml"} <= set(files)
    assert not {"train.yaml", "service.yaml", "journal.yaml", "promotion.yaml", "model.pkl"} & set(files)
    assert files["policy.yaml"] == (folder / "policy.yaml").read_bytes()


@pytest.mark.parametrize(
    "file",
    ["policy.yaml", "rules/in.yaml", "stance.yaml", "feedback.yaml", "plans.yaml", "messages.yaml", "messages/en/sms.j2", "reasons.yaml", "explanations.yaml"],
)  # fmt: skip
def test_a_byte_changed_anywhere_is_another_digest(folder: Path, file: str) -> None:
    before = archive_of(folder).digest
    with (folder / file).open("ab") as opened:
        opened.write(b"\n")
    assert archive_of(folder).digest != before


def test_prices_are_part_of_the_settings(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "today.json").write_text("{}")
    with_prices = archive_of(folder, tmp_path / "today.json")
    assert with_prices.digest != archive_of(folder).digest
    assert with_prices.files["prices.json"] == b"{}"


def test_without_rules_of_its_own_a_folder_is_archived_with_those_that_decide(folder: Path) -> None:
    shutil.rmtree(folder / "rules")
    assert archive_of(folder).packed == archive_of(CONFIGS).packed


def test_what_is_unpacked_is_what_was_packed(folder: Path, tmp_path: Path) -> None:
    out = archive_of(folder).unpacked(tmp_path / "out")
    assert archive_of(out).packed == archive_of(folder).packed


@pytest.mark.parametrize(
    "name",
    ["../x.yaml", "/etc/x.yaml", "a/../../x.yaml", "..\\x.yaml", "C:/x.yaml", ".hidden.yaml", "a//x.yaml", "x.pkl", "x.npy", "x.joblib", "x.yaml\n", "", "x\0.yaml"],
)  # fmt: skip
def test_a_path_that_leads_out_or_is_no_text_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        ReplayError, match=r"an archive holds .*; expected a \.yaml, \.j2 or \.json inside it"
    ) as refused:
        made({"policy.yaml": b"", name: b"x"}).unpacked(tmp_path / "out")
    assert refused.value.code == "altered"
    assert list(tmp_path.iterdir()) == []


def test_a_link_in_the_folder_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "away").mkdir()
    (tmp_path / "out" / "rules").symlink_to(tmp_path / "away")
    with pytest.raises(ReplayError, match=r"holds 'rules/cn\.yaml', which leads out of the folder"):
        made({"rules/cn.yaml": b"x"}).unpacked(tmp_path / "out")
    assert list((tmp_path / "away").iterdir()) == []


@pytest.mark.parametrize(
    ("archive", "code", "said"),
    [
        (Archive(b""), "altered", "no archive of settings"),
        (Archive(b"\x80\x04\x95."), "altered", "no archive of settings"),
        (made({}, 2), "other_format", "an archive of format 2; this Duewise reads format 1"),
        (made({"policy.yaml": "text"}), "altered", "no archive of settings"),
        (made([]), "altered", "no archive of settings"),
    ],
    ids=["nothing", "a pickle", "a later format", "text for bytes", "a list"],
)
def test_other_bytes_are_refused(archive: Archive, code: str, said: str) -> None:
    with pytest.raises(ReplayError, match=said) as refused:
        _ = archive.files
    assert refused.value.code == code


def test_a_file_that_is_not_there_is_named(folder: Path) -> None:
    (folder / "plans.yaml").unlink()
    with pytest.raises(PolicyError, match=r"plans\.yaml cannot be read: No such file"):
        archive_of(folder)


def test_a_name_that_could_not_be_unpacked_is_not_packed(folder: Path) -> None:
    (folder / "messages" / "a b.j2").write_text("x")
    with pytest.raises(PolicyError, match=r"a b\.j2: a path of settings has letters, digits"):
        archive_of(folder)


@pytest.mark.parametrize("away", ["../texts", "texts", ""])
def test_templates_that_lie_elsewhere_are_not_left_out_unseen(folder: Path, away: str) -> None:
    file = folder / "messages.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("templates: messages", f"templates: '{away}'"), "utf-8")
    with pytest.raises(PolicyError, match=r"messages\.yaml: templates: got .*; expected a folder beside the file"):
        archive_of(folder)


def test_replies_read_by_another_model_are_not_read_again(folder: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(SHIPPED, tmp_path / "model"))
    with (other / "card.json").open("ab") as card:
        card.write(b" ")
    assert shipped_causes_digest(other) != shipped_causes_digest()
    with pytest.raises(
        ReplayError, match="replies were read by the model of causes causes; the one that comes"
    ) as refused:
        desk_of(made(dict(archive_of(folder).files)), None)  # type: ignore[arg-type]
    assert refused.value.code == "model_missing"


def test_an_archive_is_kept_once_under_its_digest(folder: Path, tmp_path: Path) -> None:
    archive = archive_of(folder)
    with Journal.open(f"sqlite:///{tmp_path / 'j.db'}") as journal:
        (first,), (second,) = (journal.append([settings_entry(archive, AT)]) for _ in range(2))
        assert (second.seq, second.repeated) == (first.seq, True)
        assert kept_archive(journal, archive.digest) == archive
        journal.append([Entry("settings", "f" * 64, AT, payload=archive.packed)])
        with pytest.raises(ReplayError, match=r"the settings kept as ffff.* have the digest"):
            kept_archive(journal, "f" * 64)
        with pytest.raises(ReplayError, match="the journal keeps no settings under the digest 0"):
            kept_archive(journal, "0")
