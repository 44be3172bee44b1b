"""The MQTT bridge: a process that subscribes to meters and posts what they say to the gateway."""
