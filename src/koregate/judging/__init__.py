"""What a finished test run proves."""
