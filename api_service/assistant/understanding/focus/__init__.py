"""What an answer leaves for the next question to point at, and how the next question points at it."""
