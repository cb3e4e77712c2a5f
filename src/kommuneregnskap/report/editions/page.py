"""The page, index.html: always made; naming it alone leaves the other editions out."""

from kommuneregnskap.report.editions import Edition

EDITION = Edition("side", "the page alone", place=0)
