"""What `/api/login` takes and answers."""

from pydantic import BaseModel, ConfigDict, StrictBool

from api_service.schemas.access.keys import KeyScope


class LoginRequest(BaseModel):
    """How long the login lasts: `keep` for 30 days, else until the browser is closed, 12 hours at most."""

    model_config = ConfigDict(extra="forbid")

    keep: StrictBool = False


class LoginDetails(BaseModel):
    """Who is logged in (`owner` null: no key is asked for), and what that allows.

    Requests that show the cookie carry `csrf_token` as `X-CSRF-Token`; null without a cookie.
    """

    owner: str | None
    scopes: list[KeyScope]
    csrf_token: str | None
