from __future__ import annotations

import pytest

from serving.escalation.settings import EscalationSettings
from serving.feedback.reader import ReplyReader
from serving.settings import CONFIGS, read_source

SECTION = CONFIGS / "policy.yaml"


@pytest.fixture(scope="session")
def reader() -> ReplyReader:
    return ReplyReader.shipped()


@pytest.fixture(scope="session")
def settings() -> EscalationSettings:
    source = read_source(SECTION)
    return source.built(EscalationSettings, source.content["escalation"], ("escalation",))
