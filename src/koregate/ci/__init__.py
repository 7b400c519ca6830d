"""How the result is handed to each CI system."""
