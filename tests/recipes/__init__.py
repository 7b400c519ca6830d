"""The pipelines of README.md and docs, played against the simulator: `make recipes`."""
