"""Attackers: who may do what, what text may do, and what the supply chain may bring."""
