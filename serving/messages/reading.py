"""Reading configs/messages.yaml and the templates it names: refused as a whole where anything in them is wrong."""

from __future__ import annotations

from pathlib import Path

from features.errors import PolicyError
from serving.messages.approvals import Approvals
from serving.messages.message_settings import MessageSettings
from serving.messages.templates import read_templates
from serving.messages.trials import try_all
from serving.messages.writer import MessageTexts
from serving.settings import CONFIGS, read_settings


def read_messages(file: str | Path = CONFIGS / "messages.yaml") -> MessageTexts:
    """Read the settings and their templates, and try every message they can make.

    Raises
    ------
    PolicyError
        Naming the file, the line or the key at fault and what is legal there.
    """
    path = Path(file)
    settings = read_settings(MessageSettings, path)
    folder = path.parent / settings.templates
    templates = read_templates(folder, settings.languages.spoken)
    strangers = sorted(set(settings.approvals) - set(templates.digests))
    if strangers:
        known = ", ".join(sorted(templates.digests))
        raise PolicyError(f"{path}: approvals.{strangers[0]}: there is no such template; expected some of {known}.")
    texts = MessageTexts(settings, templates, Approvals(settings.approvals, templates.digests, path, folder))
    try_all(texts)
    return texts
