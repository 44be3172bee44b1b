"""What plots and exports read: series, energies, events, rows."""
