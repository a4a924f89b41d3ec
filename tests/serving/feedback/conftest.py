from __future__ import annotations

import pytest

from serving.feedback.reader import ReplyReader


@pytest.fixture(scope="session")
def reader() -> ReplyReader:
    return ReplyReader.shipped()
