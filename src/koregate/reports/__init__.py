"""A job's result as bytes or text. Nothing here opens a file."""
