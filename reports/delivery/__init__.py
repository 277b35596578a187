"""How a report's mail gets out: what a mail is, where it waits, and who takes it from there."""
