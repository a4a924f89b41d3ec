"""What is in service and watched: the champions, the reference kept with the default model, and who asks to be next."""

from __future__ import annotations

from dataclasses import dataclass

from serving.monitoring.reference import Reference, reference_of
from serving.registry import (
    CHALLENGER,
    CHAMPION,
    RESPONSE_MODEL,
    Models,
    Registered,
    find_registered,
    load_models,
    load_version,
    registered,
)


@dataclass(frozen=True)
class InService:
    """The champion's record, its reference, its models, and the rivals whose policy is valued beside it, by name."""

    champion: Registered
    reference: Reference
    models: Models
    rivals: dict[str, Models]


def in_service() -> InService:
    """Return the champions of the registry.

    Raises
    ------
    ModelError
        When there is no champion, it has no reference, or a file is damaged.
    """
    champion = registered()
    reference, models = reference_of(champion), load_models(CHAMPION)
    rivals = {"the champion": models} if models.effects is not None else {}
    challenger = find_registered(RESPONSE_MODEL, CHALLENGER)
    if challenger is not None:
        version = f"{champion.name}/{champion.version} {RESPONSE_MODEL}/{challenger.version}"
        rivals["the challenger"] = load_version(version)
    return InService(champion, reference, models, rivals)
