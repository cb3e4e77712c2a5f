"""What notebooks are run by, as a user names it; see `report.run_notebooks`."""

OWN_KERNEL, WARM = "kernel", "warm"
ENGINES = (WARM, OWN_KERNEL)
