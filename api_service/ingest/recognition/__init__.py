"""What a file means: its dialect, its header, its columns and how its times are written."""
