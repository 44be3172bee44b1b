"""What a kilowatt-hour costs now, as a sentence; pure."""

from datetime import date

import numpy as np

from api_service.assistant.rendering.results.texts.quantities import money_text
from api_service.assistant.types import Moment
from api_service.metering.analysis.prices import Prices

_SECONDS = 3600, 60, 1
_NONE = "No electricity price is set. Set a tariff under Costs, or with PUT /api/tariffs/, and ask again."


def price_text(prices: Prices | None, moment: Moment) -> str:
    """The price of the tariff that is valid at a moment, by the site's clock."""
    local = moment.now.astimezone(moment.timezone)
    clock = (local.hour, local.minute, local.second)
    second = sum(count * length for count, length in zip(clock, _SECONDS, strict=True))
    day = local.toordinal() - date(1970, 1, 1).toordinal()
    found = prices.at(np.array([day]), np.array([second]))[0] if prices else np.nan
    if prices is None or np.isnan(found):
        return _NONE
    price = money_text(found, prices.currency)
    return f"Right now, a kilowatt-hour costs {price}, as the tariff under Costs says."
