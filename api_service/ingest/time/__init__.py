"""Moments: as they are written, and from local time to UTC."""
