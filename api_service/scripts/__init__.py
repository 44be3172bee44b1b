"""Commands of the gateway: import, schema, reset, keys."""
