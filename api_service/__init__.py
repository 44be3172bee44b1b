"""The gateway: HTTP in, facts, checks, storage. It owns every row and never imports torch."""
