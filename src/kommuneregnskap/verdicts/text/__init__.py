"""The numbers of a release's text: found, read, and held against the section numbers and what is registered.

What words mean is data: `tekstord.csv` (number words, units, signs, directions, ranks, service areas) and
`kjennetegn.csv` (by which words a section number is known).
"""
