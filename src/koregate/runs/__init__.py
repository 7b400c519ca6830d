"""Start or attach to test runs, and wait for their end."""
