"""Influx line protocol, as Telegraf, Home Assistant and IoTaWatt send it, to rows."""
