"""Does an answer state only what its findings hold? Claims, verdict, confidence."""
