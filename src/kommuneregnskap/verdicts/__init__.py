"""Published numbers against computed ones: intervals, verdicts, a release's own arithmetic, and what was said when."""

from kommuneregnskap.verdicts import arithmetic, bridge, history, restatements
from kommuneregnskap.verdicts.judgement import check_lines, counts, judge, read

__all__ = [
    "arithmetic",
    "bridge",
    "check_lines",
    "counts",
    "history",
    "judge",
    "read",
    "restatements",
]
