"""The database that a URL names, as the journal uses it: durable, and with one writer at a time.

A transaction that writes first takes the journal's lock, so the chain stays one line whoever appends: on SQLite by
BEGIN IMMEDIATE, on PostgreSQL by an advisory lock that ends with the transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, IntegrityError, InterfaceError, InternalError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from serving.addresses import told_address
from serving.journal.errors import JournalError, UnavailableError

_PASSING = (OperationalError, InterfaceError, InternalError, IntegrityError)
"""Errors that may be gone on the next try: no connection, locked, disk full, a standby, a place taken meanwhile.

SQLAlchemy's; what the driver itself raises has the same names.
"""

LOCK_SECONDS = 5
"""How long a transaction waits for another's lock before it gives up, to be tried again."""

_ADVISORY = 0x6475657769736531
_WRITES = {"journal_writes": True}


class Database:
    """A database of the journal; open it by ``open_database``.

    The connections of ``hasty`` do not wait for another's lock; None: there are none such.
    """

    def __init__(self, engine: Engine, hasty: Engine | None = None) -> None:
        self._engine, self._hasty = engine, hasty
        driver = engine.dialect.loaded_dbapi
        self._passing = (*_PASSING, *(getattr(driver, kind.__name__) for kind in _PASSING))
        self.name = told_address(engine.url.render_as_string(hide_password=True))

    @property
    def on_sqlite(self) -> bool:
        """Whether it is SQLite; else it is PostgreSQL."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection to read by.

        Raises
        ------
        UnavailableError
            When the database does not answer.
        """
        try:
            with self._engine.connect() as connection:
                yield connection
        except self._passing as error:
            raise UnavailableError(f"{self.name}: {one_line(error)}") from error

    @contextmanager
    def writing(self, wait: bool = True) -> Iterator[Connection]:
        """Give a connection that holds the journal's lock; what it wrote is durable when the block has ended.

        Where another holds the lock it is waited for, but on SQLite not without ``wait``.

        Raises
        ------
        UnavailableError
            When the database did not commit, or may not have, for a reason that may pass.
        """
        engine = self._engine if wait or self._hasty is None else self._hasty
        try:
            with engine.connect().execution_options(**_WRITES) as connection, connection.begin():
                if not self.on_sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY})")
                yield connection
        except self._passing as error:
            raise UnavailableError(f"{self.name}: {one_line(error)}") from error

    @contextmanager
    def any_text(self, connection: Connection) -> Iterator[None]:
        """Read text that is no UTF-8 as well, with surrogates: SQLite keeps whatever someone put there."""
        driver = connection.connection.driver_connection
        if not self.on_sqlite or driver is None:
            yield
            return
        plain, driver.text_factory = driver.text_factory, _decoded
        try:
            yield
        finally:
            driver.text_factory = plain

    def scrub(self) -> bool:
        """Clear away the bytes of what was deleted; False when somebody reading kept them from it, to be tried again.

        SQLite overwrites them when deleting, and here in its log; PostgreSQL frees their pages, and overwrites them
        as new rows come. Copies and archived logs are the bank's to expire.

        Raises
        ------
        UnavailableError
            When the database does not answer.
        """
        with self.reading() as connection:
            if self.on_sqlite:
                return connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one() == 0
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql("VACUUM journal_entries, journal_payloads")
            return True

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()
        if self._hasty is not None:
            self._hasty.dispose()


def open_database(url: str, create: bool = True) -> Database:
    """Open the database that a URL names: ``sqlite:///file`` or ``postgresql://user@host/name``.

    Raises
    ------
    JournalError
        When it is no such URL, or, unless ``create``, SQLite's file is not there.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # its text may quote a part of a password, so it is told nowhere
        raise JournalError("the journal's address must be a URL such as sqlite:///journal.db, and is none.") from None
    match parsed.get_backend_name():
        case "sqlite":
            _require_file(parsed, create)
            return Database(_sqlite(parsed, LOCK_SECONDS), _sqlite(parsed, 0))
        case "postgresql":
            return Database(_postgresql(parsed.set(drivername="postgresql+psycopg")))
    raise JournalError(f"the journal is kept in sqlite or postgresql, got {parsed.get_backend_name()}.")


def one_line(error: BaseException) -> str:
    """Return what a database said, without the statement and its values."""
    return told_address(str(getattr(error, "orig", None) or error).partition("\n")[0])


def _require_file(url: URL, create: bool) -> None:
    if url.database in (None, "", ":memory:"):
        raise JournalError("a journal in memory would be lost; expected a file: sqlite:///journal.db")
    if not create and not Path(str(url.database)).exists():
        raise JournalError(f"there is no journal at {url.database}.")


def _sqlite(url: URL, patience_s: float) -> Engine:
    engine = create_engine(url, connect_args={"timeout": patience_s})
    event.listen(engine, "connect", _make_durable)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgresql(url: URL) -> Engine:
    asked = url.query.get("options", "")
    options = (
        f"{asked} -c synchronous_commit=on -c lock_timeout={LOCK_SECONDS}s -c idle_in_transaction_session_timeout=30s"
    )
    arguments = {"connect_timeout": 3, "application_name": "duewise journal", "options": options}
    try:
        return create_engine(url, pool_pre_ping=True, connect_args=arguments)
    except ModuleNotFoundError as error:
        raise JournalError("PostgreSQL needs its driver: pip install 'duewise[postgres]'") from error


def _make_durable(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Log ahead, wait for the disk at every commit, and overwrite what is deleted.

    With synchronous=NORMAL a commit would not wait for the disk: a process killed loses nothing, but after a power cut
    the last commits, acknowledged ones among them, may be gone.
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("journal_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
