"""The synthetic district and the measurements made on it; never imported by the product."""
