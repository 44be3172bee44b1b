"""The smallest expressions of time, as patterns over one vocabulary (`words.toml`)."""
