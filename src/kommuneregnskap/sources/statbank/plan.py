"""What to ask a table for: the catalogue's rows matched with what the table says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kommuneregnskap.sources.statbank import metadata
from kommuneregnskap.sources.statbank.catalogue import OTHER_REGION, Area, Row, region_types
from kommuneregnskap.sources.statbank.metadata import Dimension, Metadata, MismatchError


@dataclass(frozen=True)
class Term:
    """One term of a concept in a table: the codes that pick its cells, by dimension id.

    areas: SSB's code of a service area → year → tjenesteomraade; empty for a total.
    """

    row: Row
    fixed: dict[str, str]
    function: str
    areas: dict[str, dict[int, str]]
    decimals: int | None


@dataclass
class Plan:
    """All that is asked of one table. left_out: rows and areas that it does not have, and why."""

    meta: Metadata
    region: str = ""
    time: str = ""
    terms: list[Term] = field(default_factory=list)
    selection: dict[str, list[str]] = field(default_factory=dict)
    left_out: list[dict[str, str | int]] = field(default_factory=list)

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
    function, found = "", {}
    if row.omraader:
        where = metadata.dimension(meta, metadata.FUNCTION, row.linje)
        function, found = where.id, _areas(plan, row, where, areas)
    _refuse_unknown(meta, row, {region.id, time.id, function, *fixed})
    decimals = contents.decimals.get(fixed[contents.id])
    return Term(row, fixed, function, found, decimals)


def _areas(
    plan: Plan, row: Row, where: Dimension, areas: Sequence[Area]
) -> dict[str, dict[int, str]]:
    """Return the service areas that the table has. One that it must have and has not is a MismatchError.

    A code whose label says something else is one too: its numbers would be of something else.
    """
    found = {}
    for area in areas:
        if area.ssb_kode not in where.codes and area.kreves_i != row.tabell:
            names = sorted(set(area.tjenesteomraade.values()))
            why = f"StatBank's table {row.tabell} has no {area.ssb_kode} in «{where.label}»"
            plan.left_out.append(left_out(row, why, ", ".join(names)))
            continue
        wanted = (area.ssb_kode, area.etikett, area.linje)
        metadata.code(plan.meta, where, *wanted, file="statbank_areas")
        found[area.ssb_kode] = area.tjenesteomraade
    return found


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
            wanted.setdefault(term.function, set()).update(term.areas)
    return {
        identity: [code for code in each.codes if code in wanted[identity]]
        for identity, each in meta.dimensions.items()
        if identity in wanted
    }
