"""What koregate adds to a run, measured: `make bench`."""
