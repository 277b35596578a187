"""Microsoft 365 Education: who is who, who wrote to whom, and never what."""
