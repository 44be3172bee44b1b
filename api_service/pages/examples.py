"""Examples of the OpenAPI description, by operation: requests that work on the sample household."""

from typing import Any

_DAY = {"start": "2026-03-16T00:00:00Z", "end": "2026-03-17T00:00:00Z"}
_READING = {
    "timestamp": "2026-03-17T19:31:00Z",
    "cluster": 1,
    "voltage": 230.4,
    "current": 0.45,
    "real_power_watt": 92.5,
    "device_state": "cooling",
}

PARAMETERS: dict[str, dict[str, Any]] = {
    "change_device": {"cluster": 1},
    "active_devices": {"hours": 24, "as_of": "2026-03-17T19:30:00Z"},
    "series_of_devices": {**_DAY, "cluster": [2, 3], "quantity": "power", "bucket": "1h"},
    "device_series": {**_DAY, "cluster": 2, "quantity": "power", "bucket": "1h"},
    "device_gaps": {"cluster": 2, "start": "2026-03-10T00:00:00Z", "end": "2026-03-17T00:00:00Z"},
    "device_events": {**_DAY, "cluster": 2, "quantity": "voltage"},
    "delete_readings": {"cluster": 11, "start": "2026-03-09T00:00:00Z", "end": "2026-03-09T01:00:00Z"},
    "energy": {**_DAY, "bucket": "1h", "cluster": [2]},
    "export": {"format": "csv", "cluster": [2], **_DAY},
    "add_import": {"dry_run": True},
    "list_sessions": {"limit": 20, "search": "heat pump"},
    "list_messages": {"limit": 20},
    "list_imports": {"limit": 20},
    "message": {"wait": 10, "explain": True},
    "model": {"model_id": "askwatt"},
    "write_points": {"precision": "ns"},
}

BODIES: dict[str, dict[str, Any]] = {
    "ask": {"application/json": {"user_message": "Which device used the most energy yesterday?"}},
    "rename_session": {"application/json": {"title": "Energy of March"}},
    "change_device": {"application/json": {"device_name": "Kitchen fridge", "groups": ["Kitchen"]}},
    "add_readings": {
        "application/json": [_READING],
        "application/x-ndjson": '{"timestamp": "2026-03-17T19:32:00Z", "cluster": 1, "voltage": 230.1}\n',
        "text/csv": "timestamp,cluster,real_power_watt\n2026-03-17T19:33:00Z,1,90.5\n",
    },
    "replace_tariffs": {
        "application/json": {
            "currency": "EUR",
            "tariffs": [
                {
                    "valid_from": "2026-01-01",
                    "price_per_kwh": 0.31,
                    "bands": [
                        {"price_per_kwh": 0.12, "start": "22:00", "end": "07:00", "weekdays": [0, 1, 2, 3, 4]}
                    ],
                }
            ],
        }
    },
    "create_key": {"application/json": {"name": "Grafana", "scopes": ["read"]}},
    "chat_completions": {
        "application/json": {
            "model": "askwatt",
            "messages": [{"role": "user", "content": "When did the EV charger peak yesterday?"}],
        }
    },
}

_ANSWER = {
    "response": "Yesterday, the heat pump used the most energy: 22.0 kWh.",
    "devices": ["Heat pump"],
    "confidence": 0.99,
    "session_id": "4c581d2f-2b37-4137-bac1-f57be10d2b7c",
    "message_id": "6a0c6b3e-2f0e-4b0a-8f3f-0d2f3c5a9b11",
    "answered_by": "model",
    "window": {**_DAY, "timezone": "UTC", "label": "yesterday"},
    "evidence": [
        {
            "device": "Heat pump",
            "cluster": 2,
            "quantity": "energy",
            "statistic": "sum",
            "value": 22.0115,
            "unit": "kWh",
            **_DAY,
            "samples": 1440,
            "coverage": 1.0,
        }
    ],
    "choices": [],
    "timings": {"queue_s": 0.004, "model_s": 0.21, "total_s": 0.231},
}

ANSWERS: dict[str, Any] = {
    "ask": _ANSWER,
    "energy": {
        "unit": "kWh",
        "timezone": "UTC",
        **_DAY,
        "clusters": [2],
        "periods": [
            {
                "start": "2026-03-16T00:00:00Z",
                "end": "2026-03-16T01:00:00Z",
                "import_kwh": 0.93,
                "export_kwh": 0.0,
                "energy_kwh": 0.93,
            }
        ],
    },
}


def add_examples(operation: dict[str, Any]) -> None:
    """Put an operation's examples into its parameters, body and answer."""
    name = operation["operationId"]
    values = PARAMETERS.get(name, {})
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in values:
            parameter["example"] = values[parameter["name"]]
    content = operation.get("requestBody", {}).get("content", {})
    for media_type, example in BODIES.get(name, {}).items():
        content[media_type]["example"] = example
    if name in ANSWERS:
        operation["responses"]["200"]["content"]["application/json"]["example"] = ANSWERS[name]
