"""What commands print: tables of a terminal, by family."""
