"""Whom the questions are asked about: simulated households with a difficulty each, and recorded ones.

In: seeds and plans; slices of recorded data where they are there. Out: CSV files to import, and the raw rows
as the database holds them, for the oracle.
"""
