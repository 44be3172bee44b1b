"""The pure domain of metering: columns of readings, power curves, rollups, units. No storage."""
