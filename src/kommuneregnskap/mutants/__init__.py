"""Deliberate errors, and which check sees them: the proof that the checks can fail.

The list is data (data/definitions/mutants.csv): what is altered, and exactly which checks must see it.
"""
