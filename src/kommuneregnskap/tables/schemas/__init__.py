"""What each table under data/ must be: a schema per table, by subject."""
