"""What ``POST /score`` takes.

A customer that cannot be read becomes an error in that customer's place; only a body that is no request at
all is refused as a whole.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, WrapValidator

from serving.contract.wire import Wire

Records = dict[str, list[dict[str, Any]]]


class CustomerRequest(Wire):
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


class ScoreRequest(Wire):
    """The body of ``POST /score``."""

    as_of: AwareDatetime | None = Field(default=None, description="moment of the cut, with its offset; now by default")
    explain: bool = Field(default=True, description="give reasons")
    counterfactual: bool = Field(default=False, description="say what would have changed the tier")
    customers: list[Annotated[CustomerRequest, WrapValidator(_keep_rejected)]] = Field(max_length=10_000)
