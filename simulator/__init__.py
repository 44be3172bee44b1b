"""The project's own simulator of metered households, for the sample data, the benchmarks and the training.

Numpy and the standard library only; it imports nothing of the project, so nothing under test can leak into
the truth. Everything follows from a seed; no clock is read. `python -m simulator --help` writes CSV files.
"""

from simulator.household import BENCHMARK_SEEDS_FROM, Options, household, sample
from simulator.readings import COLUMNS, Device, Household

__all__ = ["BENCHMARK_SEEDS_FROM", "COLUMNS", "Device", "Household", "Options", "household", "sample"]
