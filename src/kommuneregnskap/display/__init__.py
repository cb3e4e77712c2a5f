"""What a notebook shows: prose, tables, definitions, cards, a municipality's sheet."""
