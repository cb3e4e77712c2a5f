"""The synthetic demo panel: invented accounts on the real municipal frame; no facts about Norway.

The modules in the order of the construction: `inputs` (tables under data/demo), `frame` (who exists
and who answers), `levels` (what each unit spends by service area), `services` (functions and arts),
`results` (net operating result), `funds`, `investment`, `balance`, `enterprises` (what consolidated accounts
add), `accounts` (all of it together),
`records` (KOSTRA records with the codes valid in the year) and `files`.

Public: `generate()`, `build_panel(folder)`, `ensure_panel(folder)`, `content_hash(folder)`,
`write_everyone(folder, years)`, `Panel`, `YEARS`.
"""

from kommuneregnskap.sources.demo.files import build_panel, content_hash, generate, write_everyone
from kommuneregnskap.sources.demo.fresh import ensure_panel
from kommuneregnskap.sources.demo.inputs import YEARS
from kommuneregnskap.sources.demo.records import Panel

__all__ = [
    "YEARS",
    "Panel",
    "build_panel",
    "content_hash",
    "ensure_panel",
    "generate",
    "write_everyone",
]
