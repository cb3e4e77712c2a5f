"""A begun year, a checked claims file and a covered text, as a terminal shows them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from kommuneregnskap.report.new_year import Begun
from kommuneregnskap.support.commands import typed
from kommuneregnskap.support.errors import shown_path
from kommuneregnskap.tables.schemas.claims import PROPOSED
from kommuneregnskap.verdicts import arithmetic
from kommuneregnskap.verdicts.text.checked import CARRIED, Checked
from kommuneregnskap.verdicts.text.registered import (
    MISSING,
    OTHERWISE,
    REGISTERED,
    UNREAD,
    WAITING,
    Coverage,
)

NONE = "no section number"
OUTCOMES = {
    REGISTERED: "registered",
    WAITING: "proposed",
    OTHERWISE: "registered with another value",
    MISSING: "not registered",
    UNREAD: "not read",
}
HOLDS = {
    arithmetic.HOLDS: "holds",
    arithmetic.FAILS: "contradicts itself",
    arithmetic.INCOMPATIBLE: "does not fit the other source",
    arithmetic.OPEN: "cannot be computed",
}


def begun(found: Begun) -> Iterator[str]:
    """Yield what was read of the text, sentence by sentence, what not, what was written and what is to be looked up."""
    if found.read:
        readings = found.read.readings
        yield "Read in the text:"
        for (place, sentence), own in groupby(readings, lambda each: (each.sted, each.tekst)):
            yield f"  {place}: {sentence}"
            for each in own:
                number, named = _value(each.verdi, each.verdi_til), each.tall_id or NONE
                yield f"    {each.trykt} = {number} {each.enhet}, {each.kvalifikator}: {named}"
        for unread in found.read.unread:
            yield f"  not read: {unread.trykt} in {unread.sted}: {unread.tekst}"
        known = sum(bool(each.tall_id) for each in readings)
        not_read = len(found.read.unread)
        yield f"{len(readings)} numbers, ranks and directions, {known} with a section number; {not_read} not read."
    yield from (f"Written: {shown_path(path)}" for path in found.written)
    yield "To look up:"
    yield from (f"  {where}: {what}" for what, where in found.look_up)
    if found.read:
        following = typed(f"make claims YEAR={found.year}")
        yield (
            f"Nothing is accepted yet: a row of data/claims/{found.year}.csv has the status {PROPOSED} and gets no "
            f"verdict until you change it to beregnes, alle or kontekst. Next: {following}"
        )


def checked(found: Checked, year: int) -> Iterator[str]:
    """Yield how many rows a claims file has, its arithmetic, and what is still proposed."""
    waiting = found.proposed
    accepted = len(found.claims) - len(waiting)
    if len(found.arithmetic):
        yield "Arithmetic of the text:"
        for row in found.arithmetic.iter_rows(named=True):
            mark = " (*)" if row["fra"] == CARRIED else ""
            gives, printed = (
                _ends(row["nedre"], row["oevre"]),
                _ends(row["resultat_nedre"], row["resultat_oevre"]),
            )
            yield f"  {HOLDS[row['utfall']]}: {row['regnestykke']} gives {gives}; {row['resultat']} is {printed}{mark}"
        if (found.arithmetic["fra"] == CARRIED).any():
            yield "  (*) a rule of other years; write it into data/claims/arithmetic.csv to make it one of this year"
    if len(waiting):
        yield "Still proposed:"
        for row in waiting.iter_rows(named=True):
            yield f"  line {row['linje']}: {row['id']}: {row['trykt']}, {row['tall_id'] or NONE} ({row['sted']})"
    yield f"data/claims/{year}.csv: {len(found.claims)} rows, {accepted} accepted, {len(waiting)} proposed."
    if len(found.claims) and not len(waiting):
        yield f"Next: {typed(f'make report YEAR={year}')}"


def covered(found: Coverage) -> Iterator[str]:
    """Yield each number of a text with its claim, the claims that the text does not have, and counts."""
    for row in found.numbers.iter_rows(named=True):
        named = row["id"] or row["tall_id"]
        yield f"{OUTCOMES[row['utfall']]}: {row['trykt']}{f' = {named}' if named else ''} ({row['sted']})"
    if len(found.absent):
        yield "Registered from the same publication, and not found in the text:"
        yield from (
            f"  {name}: {printed} ({place})" for name, printed, place in found.absent.iter_rows()
        )
    told = ", ".join(f"{count} {OUTCOMES[name]}" for name, count in found.counts().items() if count)
    yield f"{found.numbers.height} numbers, ranks and directions: {told or 'none'}."


def _value(low: float, high: float | None) -> str:
    return f"{low:g}" if high is None else f"{low:g} to {high:g}"


def _ends(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "anything"
    if low is None or high is None:
        return f"at most {high:g}" if low is None else f"at least {low:g}"
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
