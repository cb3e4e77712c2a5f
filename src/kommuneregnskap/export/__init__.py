"""What a report looks like outside JupyterLab."""
