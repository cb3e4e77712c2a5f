"""What to ask a table for: the catalogue's rows matched with what the table says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kommuneregnskap.sources.statbank import metadata
from kommuneregnskap.sources.statbank.catalogue import (
    OTHER_REGION,
    Area,
    Row,
    function_names,
    region_types,
    unit_words,
)
from kommuneregnskap.sources.statbank.metadata import Dimension, Metadata, MismatchError


@dataclass(frozen=True)
class Term:
    """One term of a concept in a table: the codes that pick its cells, by dimension id.

    areas: the service areas that can be made of its cells, function: the dimension of their parts; none for a total.
    """

    row: Row
    fixed: dict[str, str]
    function: str
    areas: tuple[Area, ...]
    decimals: int | None

    @property
    def parts(self) -> set[str]:
        """The functions, and SSB's own areas, that the service areas are made of and held against."""
        made_of = {code for area in self.areas for own in area.functions.values() for code in own}
        return made_of | {area.ssb_kode for area in self.areas if area.ssb_kode}


@dataclass
class Plan:
    """All that is asked of one table.

    left_out: rows and areas that it does not have, and why. noted: what a reader of its values should know.
    """

    meta: Metadata
    region: str = ""
    time: str = ""
    terms: list[Term] = field(default_factory=list)
    selection: dict[str, list[str]] = field(default_factory=dict)
    left_out: list[dict[str, str | int]] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)

    @property
    def cells(self) -> int:
        """How many cells the selection has."""
        count = 1
        for codes in self.selection.values():
            count *= len(codes)
        return count


def build(meta: Metadata, rows: Sequence[Row], areas: Sequence[Area], years: Sequence[int]) -> Plan:
    """Return the plan for a table.

    A row with `kreves` ja that the table does not fit raises MismatchError; another is left out, and said.
    """
    plan = Plan(meta)
    for row in rows:
        try:
            term = _term(plan, row, areas)
        except MismatchError as error:
            if row.kreves:
                raise
            plan.left_out.append(left_out(row, str(error.problem)))
        else:
            plan.terms.append(term)
    _whole_concepts(plan)
    if plan.terms:
        plan.selection = _selection(plan, years)
    return plan


def left_out(row: Row, why: str, area: str = "") -> dict[str, str | int]:
    """Return one entry of what is left out, for the receipt."""
    return {
        "tabell": row.tabell,
        "regnskapsomfang": row.regnskapsomfang,
        "begrep": row.begrep,
        "omraade": area,
        "linje": row.linje,
        "grunn": why,
    }


def _term(plan: Plan, row: Row, areas: Sequence[Area]) -> Term:
    meta = plan.meta
    metadata.check_title(meta, row)
    region = metadata.dimension(meta, metadata.REGION, row.linje)
    time = metadata.dimension(meta, metadata.TIME, row.linje)
    plan.region, plan.time = region.id, time.id
    absent = [year for year in row.years if str(year) not in time.codes]
    if absent:
        codes = list(time.codes)
        raise MismatchError(
            row.linje,
            table=meta.tabell,
            expected=f"the year {absent[0]}",
            there=f"{codes[0]} to {codes[-1]}" if codes else "no year",
        )
    own = metadata.dimension(meta, row.dimensjon, row.linje)
    fixed = {own.id: metadata.code(meta, own, row.ssb_kode, row.etikett, row.linje)}
    contents = metadata.dimension(meta, metadata.CONTENTS, row.linje)
    if contents.id not in fixed:
        fixed[contents.id] = metadata.code(meta, contents, "", row.innhold, row.linje)
    if row.omfang_kode:
        scope = metadata.dimension(meta, metadata.SCOPE, row.linje)
        words = row.omfang_etikett
        fixed[scope.id] = metadata.code(meta, scope, row.omfang_kode, words, row.linje)
    metadata.check_unit(meta, contents, fixed[contents.id], row, unit_words(row.enhet))
    function = ""
    found: tuple[Area, ...] = ()
    if row.omraader:
        where = metadata.dimension(meta, metadata.FUNCTION, row.linje)
        function, found = where.id, _areas(plan, row, where, areas)
    _refuse_unknown(meta, row, {region.id, time.id, function, *fixed})
    decimals = contents.decimals.get(fixed[contents.id])
    return Term(row, fixed, function, found, decimals)


def _areas(plan: Plan, row: Row, where: Dimension, areas: Sequence[Area]) -> tuple[Area, ...]:
    """Return the service areas that can be made of what the table has, with SSB's own code where it has that.

    An area with a function that the table lacks is left out, and said, unless a row of SSB's own holds it. Where SSB's
    own code has a label that says something else, the codes are not what they were: MismatchError. So it is where no
    area can be made.
    """
    there = [_with_own_row(plan.meta, where, area) for area in areas]
    found = []
    for area in there:
        lacking = [
            code for code in _lacking(area, where, row.years) if not _held(area, there, row.years)
        ]
        if lacking:
            why = f"StatBank's table {row.tabell} has no {', '.join(lacking)} in «{where.label}»"
            plan.left_out.append(left_out(row, why, area.tjenesteomraade))
        else:
            found.append(area)
    if not found:
        raise MismatchError(
            row.linje,
            table=plan.meta.tabell,
            expected=f"the functions of service areas in «{where.label}»",
            there=metadata.listed(where.codes),
        )
    _note_labels(plan, where, found)
    return tuple(found)


def _with_own_row(meta: Metadata, where: Dimension, area: Area) -> Area:
    if area.ssb_kode not in where.codes:
        return replace(area, ssb_kode="")
    metadata.code(meta, where, area.ssb_kode, area.etikett, area.linje, file="statbank_areas")
    return area


def _lacking(area: Area, where: Dimension, years: Sequence[int]) -> list[str]:
    own = {code for year in years for code in area.functions.get(year, ())}
    return sorted(own - set(where.codes))


def _held(area: Area, areas: Sequence[Area], years: Sequence[int]) -> bool:
    """Return whether SSB has a row of its own for the area, or for one that it is part of, in all years."""
    return any(
        each.ssb_kode
        and all(
            set(area.functions.get(year, ())) <= set(each.functions.get(year, ())) for year in years
        )
        for each in areas
    )


def _note_labels(plan: Plan, where: Dimension, found: Sequence[Area]) -> None:
    """Note the functions whose label shares no word with what Klass calls them."""
    names = function_names()
    asked = {code for area in found for own in area.functions.values() for code in own}
    odd = [
        f"{code} «{where.codes[code]}» (Klass: «{names[code]}»)"
        for code in sorted(asked & set(where.codes))
        if not metadata.akin(where.codes[code], names[code])
    ]
    note = f"functions under another name: {', '.join(odd)}"
    if odd and note not in plan.noted:
        plan.noted.append(note)


def _refuse_unknown(meta: Metadata, row: Row, known: set[str]) -> None:
    """A dimension that is not known and cannot be left out would make the numbers something else."""
    for each in meta.dimensions.values():
        if each.id not in known and not each.eliminated:
            raise MismatchError(
                row.linje,
                table=meta.tabell,
                expected="dimensions that the catalogue knows",
                there=f"also «{each.label}» ({each.id}) without a total",
            )


def _whole_concepts(plan: Plan) -> None:
    """Leave out a concept of which a term is left out: a part of a sum is not the sum."""
    gone = {
        (each["regnskapsomfang"], each["begrep"]) for each in plan.left_out if not each["omraade"]
    }
    for term in [*plan.terms]:
        if (term.row.regnskapsomfang, term.row.begrep) in gone:
            plan.terms.remove(term)
            plan.left_out.append(left_out(term.row, "another term of the concept is left out"))


def _selection(plan: Plan, years: Sequence[int]) -> dict[str, list[str]]:
    """Return the codes to ask for by dimension, in the table's order; regions that mean something."""
    meta = plan.meta
    codes = list(meta.dimensions[plan.region].codes)
    typed: set[str] = set()
    for year in years:
        kinds = region_types(codes, year)
        typed |= set(kinds.filter(kinds["regiontype"] != OTHER_REGION)["region"])
    held = {year for term in plan.terms for year in term.row.years}
    wanted: dict[str, set[str]] = {
        plan.region: typed,
        plan.time: {str(year) for year in years if year in held},
    }
    for term in plan.terms:
        for dimension, code in term.fixed.items():
            wanted.setdefault(dimension, set()).add(code)
        if term.function:
            wanted.setdefault(term.function, set()).update(term.parts)
    return {
        identity: [code for code in each.codes if code in wanted[identity]]
        for identity, each in meta.dimensions.items()
        if identity in wanted
    }
