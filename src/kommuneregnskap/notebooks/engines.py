"""What notebooks are run by, as a user names it; see `notebooks.run.run_notebooks`."""

OWN_KERNEL, WARM = "kernel", "warm"
ENGINES = (WARM, OWN_KERNEL)
