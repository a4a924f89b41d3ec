"""The templates of messages, compiled once, in a sandbox: they see facts, a few filters, and nothing else.

A folder holds one folder a language, each with the templates of ``KINDS`` and the parts they include. What a
template may say is decided here; when it says it, in the templates themselves.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError, meta
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from features.errors import PolicyError
from features.feature import Language
from serving.messages.checks import check_template

KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sms": ("body",),
        "push": ("title", "body"),
        "email": ("title", "body"),
        "call": ("body",),
        "plan": ("customer", "bank", "none"),
    }
)
"""The templates a language needs, and the blocks each is made of."""

FACTS = frozenset(
    {
        "account", "amount", "bank", "brand", "customer", "days_late", "debt", "due_date", "due_day", "instalment",
        "intensity", "no_plan", "offer", "opt_out", "part_paid", "phase", "phone", "places", "plan", "product",
        "reasons", "stance", "told",
    }
)  # fmt: skip
"""What the template of a message may name."""

PLAN_FACTS = frozenset(
    {
        "affordable", "bank", "brand", "debt", "first_day", "forgone", "instalment", "interest", "last", "last_day",
        "months", "needed", "phone", "places", "rate", "repaid", "share", "short_by", "total", "worth",
    }
)  # fmt: skip
"""What the template of a repayment plan may name."""

_FILTERS = ("capitalize", "join", "length", "lower", "upper")
_HEX_BYTES = 6


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, without the products and powers by which a short text makes an endless one."""

    intercepted_binops = frozenset(("*", "**"))

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        raise SecurityError(f"{operator} is not allowed in a template")


def _sandbox(folder: Path) -> _Sandbox:
    environment = _Sandbox(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    return environment


def _place(error: BaseException) -> str:
    """Return the file and line of the template, or of the part it includes, at which an error arose."""
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        template = frame.f_globals.get("__jinja_template__")
        if isinstance(template, Template):
            place = f"{template.filename}: line {template.get_corresponding_lineno(line)}"
    return place


def digest_of(file: Path) -> str:
    """Return by which a template's text is known again; the way its lines end does not matter."""
    return blake2b(file.read_text(encoding="utf-8").encode(), digest_size=_HEX_BYTES).hexdigest()


@dataclass(frozen=True)
class TemplateSet:
    """The templates of a folder; ``read_templates`` makes one."""

    folder: Path
    compiled: Mapping[tuple[Language, str], Template]
    digests: Mapping[str, str]
    parts: Mapping[tuple[Language, str], tuple[str, ...]]

    def write(
        self, language: Language, kind: str, facts: Mapping[str, object], blocks: tuple[str, ...] = ()
    ) -> dict[str, str]:
        """Return the text of some blocks of a template, by default of all.

        Raises
        ------
        PolicyError
            Naming the template's file and line where it asks for what is not there or not allowed.
        """
        template = self.compiled[language, kind]
        try:
            context = template.new_context(dict(facts), shared=True)
            return {name: "".join(template.blocks[name](context)) for name in blocks or KINDS[kind]}
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise PolicyError(f"{_place(error)}: {error}.") from error


def read_templates(folder: Path, languages: tuple[Language, ...] = ("zh", "en")) -> TemplateSet:
    """Read, check and compile the templates in ``folder``, one folder a language inside it.

    Raises
    ------
    PolicyError
        Naming the template, its line and what is legal: a file that is missing, a fault of ``check_template``, or
        blocks that are not those of its kind.
    """
    return _Reader(folder, languages).read()


@dataclass(frozen=True)
class _Reader:
    folder: Path
    languages: tuple[Language, ...]

    def read(self) -> TemplateSet:
        digests = {f"{file.parent.name}/{file.name}": digest_of(file) for file in self._files()}
        compiled, parts = {}, {}
        for language in self.languages:
            for kind, blocks in KINDS.items():
                template = self.sandboxes[language].get_template(f"{kind}.j2")
                if set(template.blocks) != set(blocks):
                    found = ", ".join(template.blocks) or "none"
                    raise PolicyError(f"{template.filename}: its blocks must be {', '.join(blocks)}, got {found}.")
                compiled[language, kind] = template
                parts[language, kind] = tuple(f"{language}/{name}" for name in self._parts(language, f"{kind}.j2"))
        return TemplateSet(self.folder, compiled, digests, parts)

    @cached_property
    def sandboxes(self) -> Mapping[Language, _Sandbox]:
        return {language: _sandbox(self.folder / language) for language in self.languages}

    def _files(self) -> Iterator[Path]:
        """Yield the checked templates of all languages."""
        for language in self.languages:
            folder = self.folder / language
            for kind in KINDS:
                if not (folder / f"{kind}.j2").is_file():
                    raise PolicyError(f"{folder / f'{kind}.j2'} is missing; a language needs {', '.join(KINDS)}.")
            for file in sorted(folder.glob("*.j2")):
                facts = PLAN_FACTS if file.stem == "plan" else FACTS
                check_template(file, self.sandboxes[language], facts)
                yield file

    def _parts(self, language: Language, name: str) -> list[str]:
        """Return a template and all that it includes, each once."""
        found = [name]
        for part in found:
            text = (self.folder / language / part).read_text(encoding="utf-8")
            named = meta.find_referenced_templates(self.sandboxes[language].parse(text))
            found += self._included(language, part, [other for other in named if other not in found])
        return found

    def _included(self, language: Language, part: str, names: list[str | None]) -> list[str]:
        folder = self.folder / language
        there = [file.name for file in sorted(folder.glob("*.j2"))]
        for name in names:
            if name not in there:
                raise PolicyError(f"{folder / part}: includes {name!r}; expected one of {', '.join(there)}.")
        return [name for name in names if name is not None]
