"""Durations by which the worker process waits, retries or gives up, in seconds; settings hold the rest."""

# No client waits for the worker's own commands, and on a busy machine a reply may be read late: a command
# that is given up too soon may have been carried out.
REDIS_SOCKET_TIMEOUT_S = 10.0
# arq looks into the queue this often besides being woken: for jobs that are due again, and for lost wake-ups.
POLL_QUEUE_EVERY_S = 0.1
POLL_PHASE_EVERY_S = 0.2
# One round trip for all running jobs; a cancelled row leaves its batch about this much later.
POLL_CANCELLED_EVERY_S = 0.05
# Tokens are sent to the stream in groups, not one by one.
TOKEN_GROUP_EVERY_S = 0.03

# When Redis has ended arq's worker, a new one is built after this pause.
REBUILD_AFTER_S = 0.5
# An outcome is kept for Redis this long before its job is given back.
PUBLISH_PATIENCE_S = 30.0
PUBLISH_RETRY_S = 0.25
# A job that the engine cannot take now comes again.
BUSY_DEFER_S = 0.1
REDIS_AWAY_DEFER_S = 1.0
# A job ends by its own deadline, and reports it, this long before arq would end it silently.
JOB_TIMEOUT_MARGIN_S = 2.0
# Of the time that is left for a job; the rest is for its last decode steps and for its outcome.
GENERATION_SHARE = 0.9

# At the end: running jobs get so long, less than a container's stop grace of 30 s.
DRAIN_S = 20.0
# Jobs that were just being claimed are running after this.
SETTLE_S = 0.05
