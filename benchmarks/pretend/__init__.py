"""Local servers that behave like the vendors, for tests and for the demo.

Nothing of the product imports them: a connector is told a base address, as it would be of the
vendor itself.
"""
