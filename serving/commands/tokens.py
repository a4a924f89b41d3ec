"""The verbs ``duewise token``: make, list, revoke and rotate what may ask the service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from features.errors import PolicyError
from serving.commands.terminal import out, refusals, say, warn

if TYPE_CHECKING:
    from serving.access.token_file import TokenFile
    from serving.access.tokens import StoredToken

app = typer.Typer(help="Who may ask the service: bearer tokens, kept as hashes.", no_args_is_help=True)

_DAYS = 365

File = Annotated[Path, typer.Option("--file", envvar="DUEWISE_TOKENS", help="file of tokens", show_default=False)]
Which = Annotated[str, typer.Argument(help="name or id of a token", show_default=False)]
Expires = Annotated[
    datetime | None,
    typer.Option(help=f"last day of the token, in UTC; {_DAYS} days from now by default", formats=["%Y-%m-%d"]),
]


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="whose token it is: letters, digits, dots, dashes", show_default=False)],
    file: File,
    scope: Annotated[list[str], typer.Option(help="score, outcomes or review; may be given several times")],
    expires: Expires = None,
) -> None:
    """Make a token and print it, this once: only a hash of it is kept.

    Example: [bold]duewise token new night-batch --scope score --scope outcomes --expires 2027-01-31[/bold]
    """
    from serving.access.token_file import TokenFile, changing, write_token_file
    from serving.access.tokens import SCOPES, new_token

    now = datetime.now(UTC)
    with refusals(), changing(file) as kept:
        strangers = [one for one in scope if one not in SCOPES]
        if strangers:
            raise PolicyError(f"--scope must be one of {', '.join(SCOPES)}, got {strangers[0]}.")
        if any(token.name == name and token.state(now) != "revoked" for token in kept.tokens):
            raise PolicyError(f"there is a token {name} already; rotate it, or revoke it first.")
        scopes = tuple(one for one in SCOPES if one in scope)
        presented, token = new_token(name, scopes, now, _end(expires, now))
        write_token_file(file, TokenFile(tokens=(*kept.tokens, token)))
    _hand_over(presented, token)


@app.command("list")
def list_tokens(file: File) -> None:
    """List the tokens: whose, for what, until when; never the secrets, which nobody keeps.

    Example: [bold]duewise token list[/bold]
    """
    from serving.access.token_file import read_token_file

    now = datetime.now(UTC)
    with refusals():
        tokens = read_token_file(file).tokens
    table = Table("id", "name", "scopes", "made on", "ends at", "state", title=str(file), title_justify="left")
    for token in tokens:
        ends = token.expires_at.isoformat(timespec="minutes")
        table.add_row(
            token.id, token.name, " ".join(token.scopes), str(token.created_at.date()), ends, _state(token, now)
        )
    Console(width=max(out.width, 110)).print(table)


@app.command()
def revoke(which: Which, file: File) -> None:
    """End a token now; a running service notices at its next request.

    Example: [bold]duewise token revoke night-batch[/bold]
    """
    from dataclasses import replace

    from serving.access.token_file import changing, write_token_file

    now = datetime.now(UTC)
    with refusals(), changing(file) as kept:
        token = _one(kept, which, now)
        write_token_file(file, _replaced(kept, replace(token, revoked_at=now)))
    say(f"{token.name} ({token.id}) is revoked.")


@app.command()
def rotate(
    which: Which,
    file: File,
    grace: Annotated[float, typer.Option(min=0, help="hours for which the old secret still works")] = 24,
    expires: Expires = None,
) -> None:
    """Give a token a new secret and print it, this once; the old one works until the grace is over.

    Example: [bold]duewise token rotate night-batch --grace 48[/bold]
    """
    from serving.access.token_file import changing, write_token_file
    from serving.access.tokens import rotated

    now = datetime.now(UTC)
    with refusals(), changing(file) as kept:
        presented, token = rotated(_one(kept, which, now), now, _end(expires, now), timedelta(hours=grace))
        write_token_file(file, _replaced(kept, token))
    _hand_over(presented, token)
    warn(f"The old secret works for {grace:g} more hours." if grace else "The old secret no longer works.")


def _hand_over(presented: str, token: StoredToken) -> None:
    """Print a token alone on standard output, so that it can be piped to where it is kept."""
    say(presented)
    ends = token.expires_at.isoformat(timespec="minutes")
    warn(f"{token.name} ({token.id}): {', '.join(token.scopes)}, until {ends}. It is shown this once.")


def _end(expires: datetime | None, now: datetime) -> datetime:
    """Return the end of the last day, or of a year."""
    return now + timedelta(days=_DAYS) if expires is None else expires.replace(tzinfo=UTC) + timedelta(days=1)


def _one(kept: TokenFile, which: str, now: datetime) -> StoredToken:
    """Return the token of an id, or the one of a name that is not revoked."""
    for token in kept.tokens:
        if which == token.id or (which == token.name and token.state(now) != "revoked"):
            return token
    raise PolicyError(f"there is no token {which} that could be changed; see `duewise token list`.")


def _replaced(kept: TokenFile, token: StoredToken) -> TokenFile:
    from serving.access.token_file import TokenFile

    return TokenFile(tokens=tuple(token if one.id == token.id else one for one in kept.tokens))


def _state(token: StoredToken, now: datetime) -> str:
    old = [one for one in token.secrets if one.until is not None and one.until > now]
    more = f", an old secret until {old[0].until:%Y-%m-%d %H:%M}" if old else ""
    return token.state(now) + more
