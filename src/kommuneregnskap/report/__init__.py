"""The report of a year: made of executed notebooks, published whole."""
