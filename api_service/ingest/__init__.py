"""Bytes in, validated columns out: recognition, parsing in two lanes, validation, rejects."""
