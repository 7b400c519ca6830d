"""Start test runs or attach to them, and wait until they end."""
