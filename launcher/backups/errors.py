"""Why a backup or a restore ended."""


class BackupProblem(Exception):
    """What is in the way, with what helps; nothing that was there before has been changed."""
