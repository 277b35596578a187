"""Everything that starts work, and the only room that knows all the others."""
