"""What make runs: install, start and supervise processes, sample data, first question. Not in the wheel."""
