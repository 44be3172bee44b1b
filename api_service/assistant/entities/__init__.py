"""Which devices, groups and numbers a text names: catalogue, index, appliances, the mask of a question."""
