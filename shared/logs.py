"""Logs of both services: one call site, JSON or console lines, `request_id` on every line of a request."""

import logging
import sys

import structlog

from shared.settings import LogFormat

bind_request = structlog.contextvars.bind_contextvars
clear_request = structlog.contextvars.clear_contextvars


def configure_logs(level: str, log_format: LogFormat) -> None:
    """Send structlog and the standard library's loggers through one formatter to stderr."""
    shared_processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    as_json = log_format is LogFormat.JSON
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # Never the local variables: they hold what users wrote, and keys.
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    handler = logging.StreamHandler(sys.stderr)
    formatter = structlog.stdlib.ProcessorFormatter
    last_steps: list[structlog.typing.Processor] = [formatter.remove_processors_meta]
    if as_json:
        last_steps.append(structlog.processors.format_exc_info)
    handler.setFormatter(formatter(foreign_pre_chain=shared_processors, processors=[*last_steps, renderer]))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared_processors,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger that carries the bound request's fields."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
