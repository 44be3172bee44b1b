"""What `/api/tariffs/` takes and answers; times of day and dates are the site's."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

MAX_TARIFFS = 200
MAX_BANDS = 24

Price = Annotated[float, Field(ge=-1_000, le=1_000, allow_inf_nan=False, strict=True)]
StartOfBand = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
EndOfBand = Annotated[str, StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
Weekday = Annotated[int, Field(ge=0, le=6, strict=True)]


def _text(value: object) -> object:
    """Numbers would be read as days or seconds since 1970."""
    if isinstance(value, int | float):
        raise ValueError("must be a date such as 2026-01-31")
    return value


Day = Annotated[date, BeforeValidator(_text)]


class PriceBand(BaseModel):
    """A price in a recurring part of the day.

    With `end` not after `start` it runs past midnight and belongs to the weekday on which it begins.
    """

    model_config = ConfigDict(extra="forbid")

    price_per_kwh: Price
    start: StartOfBand = Field(examples=["22:00"])
    end: EndOfBand = Field(examples=["07:00"])
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)] = Field(
        default=[0, 1, 2, 3, 4, 5, 6], description="Monday is 0"
    )


class TariffBody(BaseModel):
    """Prices from `valid_from` until another tariff begins, or through `valid_to`.

    The first band that holds gives the price, `price_per_kwh` where none does.
    """

    model_config = ConfigDict(extra="forbid")

    valid_from: Day
    valid_to: Day | None = None
    price_per_kwh: Price
    bands: Annotated[list[PriceBand], Field(max_length=MAX_BANDS)] = []

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "TariffBody":
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to must not lie before valid_from")
        return self


class Tariffs(BaseModel):
    """All tariffs of the site, in one currency (ISO 4217); energy sent back is credited at the same price."""

    model_config = ConfigDict(extra="forbid")

    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "EUR"
    tariffs: Annotated[list[TariffBody], Field(max_length=MAX_TARIFFS)]

    @model_validator(mode="after")
    def _one_begins_on_a_day(self) -> "Tariffs":
        begins = [tariff.valid_from for tariff in self.tariffs]
        if len(set(begins)) < len(begins):
            raise ValueError("two tariffs begin on the same day")
        return self
