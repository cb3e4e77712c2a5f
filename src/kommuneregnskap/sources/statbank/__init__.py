"""SSB's StatBank as a source: published figures of all municipalities, kept as snapshots.

The modules in the order of the road: `catalogue` (which table gives what), `client` (pxwebpy with
timeouts, back-off and a record of every answer), `metadata` (codes found by label and code),
`jsonstat` (an answer as a frame), `plan` (what to ask a table for), `values` (answers as values of
the concepts), `snapshot` (kept with a receipt, opened and verified), `fetch` (all of it together)
and `reconcile` (sums against SSB's own rows). Only `client` and `fetch` use a network, and only when
asked to.

Public: `catalogue`, `fetch`, `reconcile` and `snapshot`.
"""
