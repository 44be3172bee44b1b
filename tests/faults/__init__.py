"""Faults over real processes, most of them run by `make soak` alone; `table.py` says where each is proven."""
