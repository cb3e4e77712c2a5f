"""The line-level trail: from a published number to its rows, with sums that add up at each step.

`recipes` reads how a section number comes about (data/definitions/utregning.csv), `amounts` finds whose
amounts enter and adds them up, `compute` makes the number of them again, `terms` follows a concept to
the codes it is made of, `rows` to the rows of the account files, `cells` to the cells of SSB's tables, and
`trail` sets it all together and checks that each step is the sum of the next.
"""
