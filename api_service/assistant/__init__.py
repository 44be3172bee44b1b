"""From a question to an answer that can be trusted: the database computes, the model speaks, the check decides."""
