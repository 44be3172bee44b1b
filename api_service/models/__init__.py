"""The tables, for both databases; Alembic's migrations are the only thing that creates them."""

from api_service.models.base import Base, UtcDateTime
from api_service.models.chat import ChatMessage, ChatSession, MessageStatus, Role
from api_service.models.readings import Device, ElectricalData, Import, ImportState, Rollup

__all__ = [
    "Base",
    "ChatMessage",
    "ChatSession",
    "Device",
    "ElectricalData",
    "Import",
    "ImportState",
    "MessageStatus",
    "Role",
    "Rollup",
    "UtcDateTime",
]
