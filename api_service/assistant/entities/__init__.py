"""Which devices a text names: name index, appliances, mentions with their place in the text."""
