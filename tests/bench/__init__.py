"""What the gate adds to a run, measured: `make bench`."""
