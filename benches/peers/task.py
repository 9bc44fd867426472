"""The numbers of the task that every engine is given. Loads nothing, so that small processes can import it."""

WINDOW_SECONDS = 60
MIN_OCCASIONS = 2
SECONDS_PER_DAY = 86_400
THREADS = 2
