"""From a ledger to the concepts of indicators.csv (`begrep`), and SSB's own hierarchies, by one engine of sums."""
