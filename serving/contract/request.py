"""What ``POST /score`` takes.

A customer that cannot be read becomes an error in that customer's place; only a body that is no request at
all is refused as a whole.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    WrapValidator,
    field_validator,
)

from features.plain_rows import rows_type
from serving.contract.moments import is_legal, require_legal

MOST_CUSTOMERS = 10_000

Records = dict[str, list[dict[str, Any]]]


class _Asked(BaseModel):
    """A part of a request."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CustomerRequest(_Asked):
    """A customer to decide for: by id from the snapshot, or with their own rows of the seven tables."""

    customer_id: str = Field(min_length=1, strict=True, examples=["C000042"])
    records: Records | None = Field(
        default=None,
        description="rows of the seven raw tables by table name; customer_id may be left out of the rows",
    )


class RejectedCustomer(BaseModel):
    """A customer request that could not be read."""

    model_config = ConfigDict(frozen=True)
    customer_id: str | None
    field: str
    message: str


def _keep_rejected(value: Any, read: Any) -> CustomerRequest | RejectedCustomer:
    try:
        return read(value)
    except ValidationError as error:
        fault = error.errors()[0]
        name = value.get("customer_id") if isinstance(value, dict) else None
        where = ".".join(str(part) for part in fault["loc"]) or "customer"
        return RejectedCustomer(
            customer_id=name if isinstance(name, str) else None,
            field=where,
            message=f"{where}: {fault['msg']}; got {type(fault['input']).__name__}.",
        )


AnyCustomer = Annotated[CustomerRequest, WrapValidator(_keep_rejected)]


class PlainCustomer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A customer request that is plainly right, its rows of their declared types; see ``CustomerRequest``."""

    customer_id: Annotated[str, msgspec.Meta(min_length=1)]
    records: rows_type() | None = None  # type: ignore[valid-type]


class ScoreRequest(_Asked):
    """The body of ``POST /score``."""

    as_of: AwareDatetime | None = Field(default=None, description="moment of the cut, with its offset; now by default")
    explain: bool = Field(default=True, description="give reasons")
    counterfactual: bool = Field(default=False, description="say what would have changed the tier")
    customers: list[AnyCustomer] = Field(max_length=MOST_CUSTOMERS)

    @field_validator("as_of")
    @classmethod
    def _check_as_of(cls, moment: datetime | None) -> datetime | None:
        require_legal("as_of", moment)
        return moment


class _PlainRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``ScoreRequest`` says, with each customer still as JSON."""

    customers: Annotated[list[msgspec.Raw], msgspec.Meta(max_length=MOST_CUSTOMERS)]
    as_of: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    explain: bool = True
    counterfactual: bool = False


_REQUEST, _CUSTOMER = msgspec.json.Decoder(_PlainRequest), msgspec.json.Decoder(PlainCustomer)
_ANY_CUSTOMER: TypeAdapter[CustomerRequest | RejectedCustomer] = TypeAdapter(AnyCustomer)


def read_request(body: bytes) -> ScoreRequest:
    """Read the body of ``POST /score``; pydantic, which reads more forms and names the fault, has the last word.

    Raises
    ------
    pydantic.ValidationError
        When it is no request.
    """
    try:
        plain = _REQUEST.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ScoreRequest.model_validate_json(body)
    if not is_legal(plain.as_of):
        return ScoreRequest.model_validate_json(body)
    given = {name: getattr(plain, name) for name in ("as_of", "explain", "counterfactual")}
    return ScoreRequest.model_construct(**given, customers=[_customer(raw) for raw in plain.customers])


def _customer(raw: msgspec.Raw) -> PlainCustomer | CustomerRequest | RejectedCustomer:
    try:
        return _CUSTOMER.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, OverflowError):
        return _ANY_CUSTOMER.validate_json(bytes(raw))
