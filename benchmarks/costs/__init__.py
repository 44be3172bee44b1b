"""What a million readings and a thousand questions cost: CPU seconds by process, and bytes."""
