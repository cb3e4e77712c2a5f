"""How files of a table end that lie beside its CSV: workbook, what it is, and the same rows for programs."""

WORKBOOK, METADATA, PARQUET = ".xlsx", ".metadata.json", ".parquet"
