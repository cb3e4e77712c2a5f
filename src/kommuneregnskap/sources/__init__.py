"""Where accounts come from: KOSTRA files and ledgers, SSB's StatBank, the synthetic panel."""
