"""A user whose own settings would change notebooks: what they start in, how charts and frames look."""

from __future__ import annotations

import json
from pathlib import Path

STARTUP = """
import altair as alt
import polars as pl
alt.renderers.enable("json")
alt.theme.enable("dark")
alt.data_transformers.enable("json")
pl.Config.set_tbl_rows(1)
pl.Config.set_fmt_str_lengths(3)
pl.Config.set_tbl_hide_column_data_types(True)
get_ipython().display_formatter.formatters["text/html"].enabled = False
print("hei fra oppstarten")
"""
CONFIG = """
c = get_config()
c.InteractiveShell.ast_node_interactivity = "all"
c.InteractiveShellApp.exec_lines = ["%load_ext autoreload", "print('hei fra innstillingene')"]
c.PlainTextFormatter.pprint = False
"""
KERNEL = {
    "argv": ["/bin/false", "{connection_file}"],
    "display_name": "Min egen Python",
    "language": "python",
    "env": {"POLARS_FMT_MAX_ROWS": "1"},
}


def personal(folder: Path) -> dict[str, str]:
    """Write a home folder with settings of IPython, Jupyter and Python; return the environment of its user."""
    home, other = folder / "hjem", folder / "annet"
    for ipython in (home / ".ipython", other / "ipython"):
        profile = ipython / "profile_default"
        (profile / "startup").mkdir(parents=True)
        (profile / "startup" / "00-min.py").write_text(STARTUP, "utf-8")
        for name in ("ipython_config.py", "ipython_kernel_config.py"):
            (profile / name).write_text(CONFIG, "utf-8")
    for data in (home / ".local/share/jupyter", other / "data"):
        (data / "kernels/python3").mkdir(parents=True)
        (data / "kernels/python3/kernel.json").write_text(json.dumps(KERNEL), "utf-8")
    for config in (home / ".jupyter", other / "config"):
        config.mkdir()
        for name in ("jupyter_config.json", "jupyter_server_config.json"):
            text = json.dumps({"KernelManager": {"transport": "ingen"}, "Session": {"key": "x"}})
            (config / name).write_text(text, "utf-8")
    (other / "start.py").write_text("print('hei fra PYTHONSTARTUP')", "utf-8")
    return {
        "HOME": str(home),
        "IPYTHONDIR": str(other / "ipython"),
        "JUPYTER_CONFIG_DIR": str(other / "config"),
        "JUPYTER_DATA_DIR": str(other / "data"),
        "JUPYTER_PATH": str(other / "data"),
        "JUPYTER_DEFAULT_PROVISIONER_NAME": "ingen",
        "PYTHONSTARTUP": str(other / "start.py"),
        "MPLBACKEND": "ingen",
        "POLARS_FMT_MAX_ROWS": "1",
        "POLARS_FMT_STR_LEN": "3",
        "POLARS_FMT_TABLE_HIDE_COLUMN_NAMES": "1",
        "POLARS_TABLE_WIDTH": "20",
        "POLARS_VERBOSE": "1",
    }
