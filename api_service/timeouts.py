"""Every duration by which the gateway waits, retries or gives up, in seconds; settings hold the rest."""

# A message's lease outlives a pause of the event loop and a short outage of the database. After a gateway was
# killed its questions wait this long, and for one sweep (`CHAT_SWEEP_INTERVAL_S`), to be taken over.
LEASE_S = 10.0
RENEW_LEASES_EVERY_S = 3.0

# How often the table of devices is looked at while somebody listens to `GET /api/devices/live`.
LOOK_AT_DEVICES_EVERY_S = 0.5

# While a job is waited for, its place in the queue and its worker are looked after this often.
LOOK_AFTER_JOB_EVERY_S = 1.0
# A claimed job whose worker does not say that it runs within this time was never begun.
JOB_STARTS_WITHIN_S = 10.0
# Words are waited for so long where no worker was seen: the result is there, and the client waits for it.
NO_WORKER_PATIENCE_S = 2.0

# How often a state is read from the database by those who wait for it: events may be lost with Redis.
POLL_MESSAGE_EVERY_S = 1.0
EVENTS_READ_S = 1.0
# So long may an SSE subscriber be away and resume; a phone that changes its network takes some seconds.
RECONNECT_WITHIN_S = 10.0

# A comment is sent to an SSE client after so much silence: below the idle timeouts of common proxies.
SSE_KEEPALIVE_EVERY_S = 10.0

# arq starts a job once its score, a Unix time, lies in the past of the worker's clock. Scores are set this
# far back, so that a worker whose clock is late by less starts jobs at once; the order stays that of arrival.
SCORE_HEADSTART_S = 3600.0
# An expired job is kept a while longer, so that a worker that claims it too late can report it.
EXPIRED_JOB_KEPT_S = 60.0

REDIS_RETRY_S = 0.25
DATABASE_RETRY_S = 1.0

# A connection to PostgreSQL, or one out of the pool, is waited for so long; then the database is away.
CONNECT_TIMEOUT_S = 5.0
# PostgreSQL's own word that a statement took too long is waited for so much longer than the statement.
NETWORK_GRACE_S = 5.0
# Writers of other processes on the same SQLite file wait for each other so long.
SQLITE_BUSY_TIMEOUT_MS = 10_000
# Those of this process, which queue for the file, so long.
SQLITE_TURN_TIMEOUT_S = 10.0

# How often a gateway looks for readings that RETENTION_DAYS no longer keeps, and how long those that may go
# wait for whoever still sees the database as it was before.
RETENTION_EVERY_S = 600.0
OLD_SNAPSHOTS_PATIENCE_S = 30.0
