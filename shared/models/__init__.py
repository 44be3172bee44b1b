"""The tables, for both databases; Alembic's migrations are the only thing that creates them."""

from shared.models.base import Base, UtcDateTime, epoch_us, from_epoch_us
from shared.models.chat import ChatMessage, ChatSession, MessageStatus, Role
from shared.models.readings import Device, ElectricalData, Import, ImportState, Rollup

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
    "epoch_us",
    "from_epoch_us",
]
