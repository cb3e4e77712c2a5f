"""What the numbers hang on: open choices, and who did not answer."""

from kommuneregnskap.sensitivity import nonresponse, robustness
from kommuneregnskap.sensitivity.specification import specifications

__all__ = ["nonresponse", "robustness", "specifications"]
