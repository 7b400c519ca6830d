"""The Kore.ai HTTP API: how we talk to it, and what it said."""
