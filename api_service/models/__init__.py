"""The tables, for both databases; Alembic's migrations are the only thing that creates them."""

from api_service.models.audit import AuditEntry
from api_service.models.base import Base, UtcDateTime
from api_service.models.chat import ChatMessage, ChatSession, MessageStatus, Role
from api_service.models.keys import ApiKey
from api_service.models.logins import Login
from api_service.models.readings import (
    Device,
    DeviceGap,
    DeviceSource,
    DeviceSpacing,
    ElectricalData,
    Import,
    ImportSpan,
    ImportState,
    Rollup,
)
from api_service.models.sites import SiteRow
from api_service.models.tariffs import TariffRow

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Base",
    "ChatMessage",
    "ChatSession",
    "Device",
    "DeviceGap",
    "DeviceSource",
    "DeviceSpacing",
    "ElectricalData",
    "Import",
    "ImportSpan",
    "ImportState",
    "Login",
    "MessageStatus",
    "Role",
    "Rollup",
    "SiteRow",
    "TariffRow",
    "UtcDateTime",
]
