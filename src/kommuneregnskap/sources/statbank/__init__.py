"""SSB's StatBank as a source: published figures of all municipalities, kept as snapshots.

The modules in the order of the road: `catalogue` (which table gives what), `address` (whom to ask, and what of it is
never shown), `pace` (how fast), `exchange` (one request and its whole answer, bounded), `client` (pxwebpy on top of
these, with back-off and a record of every answer), `jsonstat` (an answer as a frame), `metadata` (codes found by label
and code), `plan` (what to ask a table for), `functions` (service areas of single functions), `values` (answers as
values of the concepts), `snapshot` (kept with a receipt, opened and verified), `fetch` (all of it together) and
`reconcile` (sums against SSB's own rows). Only `exchange`, `client` and `fetch` use a network, and only when asked to.

Public: `catalogue`, `fetch`, `reconcile` and `snapshot`.
"""
