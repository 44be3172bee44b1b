"""What schemathesis has to be told of the gateway's media types; loaded by its command."""

import schemathesis

# A row as JSON a line is described as text, and sent as it is.
schemathesis.serializer.alias("application/x-ndjson", "text/plain")
