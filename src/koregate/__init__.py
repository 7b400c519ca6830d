"""The merge gate for Kore.ai conversation test suites."""

__version__ = "0.1.0"
