"""Account files as municipalities deliver them: found, read, corrected, summed to a ledger."""
