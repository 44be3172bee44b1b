"""The thirty faults of docs/reliability.md over real processes; `table.py` says where each is proven."""
