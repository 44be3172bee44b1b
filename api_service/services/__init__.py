"""Use cases over devices, readings and imports; each owns its transaction."""
