"""Notebooks as files, and running them: by what, stands here, since a report asks it before anything runs."""

OWN_KERNEL, WARM = "kernel", "warm"  # `engine`
ENGINES = (WARM, OWN_KERNEL)
