"""What everything else stands on: errors for a user, files written whole, the cache, folders, processes, bokmål."""
