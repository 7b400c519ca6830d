"""What must not be shown: secrets and personal data, found in any text however they are written."""
