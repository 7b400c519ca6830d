"""Which failures the team tolerates, and whether the job blocks."""
