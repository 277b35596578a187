"""The audit itself: knows no vendor, no page and no wall clock."""
