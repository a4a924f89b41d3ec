"""Reading configs/messages.yaml and the templates it names: refused as a whole where anything in them is wrong."""

from __future__ import annotations

from pathlib import Path

from serving.messages.approvals import Approvals
from serving.messages.message_settings import MessageSettings
from serving.messages.templates import read_templates
from serving.messages.trials import try_all
from serving.messages.writer import MessageTexts
from serving.settings import CONFIGS, read_source


def read_messages(file: str | Path = CONFIGS / "messages.yaml") -> MessageTexts:
    """Read the settings and their templates, and try every message they can make.

    Raises
    ------
    PolicyError
        Naming the file, the line or the key at fault and what is legal there.
    """
    path = Path(file)
    source = read_source(path)
    settings = source.built(MessageSettings)
    folder = path.parent / settings.templates
    if not folder.is_dir():
        raise source.refusal(
            ("templates",), f"got {settings.templates!r}; expected a folder beside this file, such as messages"
        )
    templates = read_templates(folder, settings.languages.spoken)
    strangers = sorted(set(settings.approvals) - set(templates.digests))
    if strangers:
        known = ", ".join(sorted(templates.digests))
        raise source.refusal(("approvals", strangers[0]), f"there is no such template; expected some of {known}")
    texts = MessageTexts(settings, templates, Approvals(settings.approvals, templates.digests, path, folder))
    try_all(texts)
    return texts
