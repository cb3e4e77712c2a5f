"""What the charts and tables of a section show beside its numbers: each module turns a survey into tables."""
