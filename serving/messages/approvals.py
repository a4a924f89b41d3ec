"""Which templates may be sent: those whose text is, to the letter, the one that was approved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from features.errors import PolicyError
from serving.messages.message_settings import TemplateVersion


@dataclass(frozen=True)
class Approvals:
    """What was approved, by the name of a template such as ``en/sms.j2``, beside the digests of what is there.

    ``file`` holds the approvals and ``folder`` the templates; errors name them.
    """

    approved: Mapping[str, TemplateVersion]
    digests: Mapping[str, str]
    file: Path
    folder: Path

    def versions(self, names: Iterable[str], draft: bool = False) -> tuple[str, ...]:
        """Return the versions of templates, such as ``en/sms.j2 version 1``.

        Raises
        ------
        PolicyError
            Naming the first that is not approved, or was changed since it was; not for a ``draft``.
        """
        refused = [] if draft else [self._refusals[name] for name in names if name in self._refusals]
        if refused:
            raise PolicyError(refused[0])
        return tuple(self._named[name] for name in names)

    @cached_property
    def _named(self) -> Mapping[str, str]:
        approved = self.approved
        return {
            name: f"{name} version {approved[name].version}" if name in approved else f"{name} without a version"
            for name in self.digests
        }

    @cached_property
    def _refusals(self) -> Mapping[str, str]:
        """Why each template that may not be sent may not."""
        found = {name: self._refusal(name, digest) for name, digest in self.digests.items()}
        return {name: refusal for name, refusal in found.items() if refusal}

    def _refusal(self, name: str, digest: str) -> str:
        known = self.approved.get(name)
        if known is None or known.approved is None:
            return f"{self.folder / name} is not approved in {self.file}: nothing is sent by it."
        if known.digest != digest:
            return (
                f"{self.folder / name} is not the text approved as version {known.version}: its digest is {digest}, "
                f"approved was {known.digest}. Once it is approved again, write its version and digest to {self.file}."
            )
        return ""
