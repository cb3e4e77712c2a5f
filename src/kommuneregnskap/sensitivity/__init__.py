"""What the numbers hang on: open choices, and who did not answer."""

from kommuneregnskap.support.face import lazily

__getattr__, __dir__ = lazily(
    __name__,
    {
        "nonresponse": "sensitivity.nonresponse",
        "robustness": "sensitivity.robustness",
        "specifications": "sensitivity.specification",
    },
)
