"""One survey: the accounts of those who answered in a year, opened, matched with the year before, and noted."""
