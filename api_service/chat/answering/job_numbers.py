"""The numbers of a message's jobs in the queue; pure."""

JOBS_PER_ATTEMPT = 16
"""A message's attempt N has jobs 16 N to 16 N + 15: readings, and the last one to say."""
SAYING = JOBS_PER_ATTEMPT - 1


def job_number(attempt: int, place: int) -> int:
    """The number under which the queue knows job `place` of an attempt."""
    return attempt * JOBS_PER_ATTEMPT + place


def is_saying(number: int) -> bool:
    """Whether this job is to say the answer, and not to read the question."""
    return number % JOBS_PER_ATTEMPT == SAYING
