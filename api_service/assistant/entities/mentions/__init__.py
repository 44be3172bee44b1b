"""Device names in a text by patterns, as the first reader takes them."""
