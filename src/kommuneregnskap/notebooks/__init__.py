"""Notebooks as files, and running them."""

import papermill  # noqa: F401 (first: it loads `engine` itself, as an entry point, in the middle of its own import)
