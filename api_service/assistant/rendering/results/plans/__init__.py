"""The plan of each shape of answer."""
