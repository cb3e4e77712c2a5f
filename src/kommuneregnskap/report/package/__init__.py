"""A year as one archive that others can use without the program: its reports, their tables as a Frictionless data
package, an RO-Crate of the run, a list of exhibits, a README for data editors, and the program with its tables.

`holdings` says what lies in it, `tables`, `exhibits`, `crate` and `statements` describe it, `archive` writes it.
"""
