"""Live readings: what one gateway stores a second, beside the same rows written by SQLAlchemy Core."""
