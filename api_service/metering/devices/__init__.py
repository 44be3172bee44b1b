"""What is known of one device: its name, its newest reading, its spacing."""
