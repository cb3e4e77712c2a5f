"""Published numbers against computed ones: intervals, verdicts, a release's own arithmetic, and what was said when."""

from kommuneregnskap.support.face import lazily

__getattr__, __dir__ = lazily(
    __name__,
    {
        "arithmetic": "verdicts.arithmetic",
        "bridge": "verdicts.bridge",
        "check_lines": "verdicts.judgement",
        "counts": "verdicts.judgement",
        "history": "verdicts.history",
        "judge": "verdicts.judgement",
        "read": "verdicts.judgement",
        "restatements": "verdicts.restatements",
    },
)
