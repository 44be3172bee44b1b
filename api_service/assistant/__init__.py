"""From a question to a trusted answer: the database computes, the model speaks, the check decides."""
