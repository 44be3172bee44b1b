"""One message from acceptance to its stored answer, and the events on the way."""
