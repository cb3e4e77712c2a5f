"""Every definition written a second time, in plain Python, and what the unit that posts on every code must give by it.

It shares nothing with the tables and their reader, so that what both say is right. Whoever changes a definition changes
it in both places. Codes, ranges and groups: Statistics Norway's Klass 259, 277 and 374, version 2025; what held before,
as the sources named in data/codes say.
"""

from __future__ import annotations

from collections.abc import Iterable

Amounts = dict[tuple[int, int], int]  # function and art → 1000 kr, sign of the file
Wanted = int | tuple[int, int]  # a code, or a range with both ends
Cell = int | float | str | None

LAST = 9999
ARTS = """
010 020 030 040 050 070 075 080 089 090 099 100 105 110 114 115 120 130 140 150 160 165 170 180 181 182 183 184 185 190
195 200 209 210 220 230 240 250 260 280 285 298 300 330 350 370 379 380 400 429 430 450 470 480 500 501 509 510 511 512
520 521 522 529 530 540 550 570 589 590 600 620 629 630 640 650 660 670 700 710 729 730 750 770 780 798 800 810 830 850
870 877 880 890 900 901 905 909 910 911 912 920 921 922 929 940 950 970 980 989 990
"""
SOME_ARTS = {
    "270": (2020, 2025),
    **dict.fromkeys(("271", "272"), (2026, LAST)),
    **dict.fromkeys(("375", "475", "775", "895", "930"), (2020, 2020)),
    **dict.fromkeys(("871", "872", "873", "876"), (2023, LAST)),
    "874": (2020, 2022),
    "875": (2020, 2024),
    **dict.fromkeys(("878", "879"), (2025, LAST)),
}
FUNCTIONS = """
100 110 120 121 130 170 171 172 173 180 201 202 211 213 215 221 222 223 231 232 233 234 241 242 243 244 251 252 253 256
261 265 273 275 276 281 283 285 290 301 302 303 315 320 321 325 329 330 332 335 338 339 340 345 350 353 354 355 360 365
370 373 375 377 380 381 383 385 386 390 392 393 400 410 420 421 430 460 465 470 471 472 473 480 515 520 521 522 523 525
526 527 528 529 530 531 533 534 535 536 537 554 559 562 570 581 590 660 665 691 692 693 694 696 701 710 711 716 722 730
731 732 733 734 735 740 750 760 771 772 775 790 800 840 841 850 860 870 880 899
"""
SOME_FUNCTIONS = {
    "254": (2020, 2023),
    **dict.fromkeys(("257", "258"), (2024, LAST)),
    "322": (2021, LAST),
    **dict.fromkeys(("510", "561"), (2020, 2024)),
    **dict.fromkeys(("511", "553", "563", "564", "695"), (2025, LAST)),
    **dict.fromkeys(("524", "532"), (2020, 2023)),
    **dict.fromkeys(("713", "714"), (2023, LAST)),
    "715": (2020, 2022),
}
CHAPTERS = """
10 11 12 13 14 15 16 18 19 20 21 22 23 24 27 28 29 31 32 33 34 35 39 40 47 51 53 55 56 580 581 5900 5970 5990 9100 9110
9200 9999
"""
SOME_CHAPTERS = {
    **dict.fromkeys(("41", "42", "43", "45"), (2020, 2023)),
    **dict.fromkeys(("411", "412", "431", "451", "452", "453", "454"), (2024, LAST)),
    **dict.fromkeys(("5950", "5960"), (2020, 2020)),
}


def codes(kind: str, year: int | None = None) -> list[str]:
    """Return the codes of `art`, `funksjon` or `kapittel` in force in a year, or of all years, in order."""
    always, some = {
        "art": (ARTS, SOME_ARTS),
        "funksjon": (FUNCTIONS, SOME_FUNCTIONS),
        "kapittel": (CHAPTERS, SOME_CHAPTERS),
    }[kind]
    held = [code for code, (first, last) in some.items() if year is None or first <= year <= last]
    return sorted([*always.split(), *held])


SERVICES = (100, 799)
OSLO_BUYS, OSLO_SELLS = (298, 379), 798  # within the city


def expenditure(year: int) -> set[int]:
    """AGD9: 010..480, 520 and 590, without what Oslo buys from itself."""
    return arts(year, (10, 480), 520, 590) - set(OSLO_BUYS)


def revenue(year: int) -> set[int]:
    """AGD13: 600..890 (895 in 2020, its last year) and 920, without what Oslo sells to itself."""
    return arts(year, (600, 895), 920) - {OSLO_SELLS}


def bought(year: int) -> set[int]:
    """AGI39: 010..285, 300..380, 429, 500 and 501, without what Oslo buys from itself."""
    return arts(year, (10, 285), (300, 380), 429, 500, 501) - set(OSLO_BUYS)


def arts(year: int, *wanted: Wanted) -> set[int]:
    return within(codes("art", year), wanted)


def functions(year: int, *wanted: Wanted) -> set[int]:
    return within(codes("funksjon", year), wanted)


def within(known: Iterable[str], wanted: Iterable[Wanted]) -> set[int]:
    """Return the codes that are wanted: alone, or in a range."""
    ranges = [(each, each) if isinstance(each, int) else each for each in wanted]
    return {int(code) for code in known if any(low <= int(code) <= high for low, high in ranges)}


class Account:
    """The postings of one account of the unit, and sums of them."""

    def __init__(self, amounts: Amounts) -> None:
        self.by_art: dict[int, dict[int, int]] = {}
        self.functions: set[int] = set()
        for (function, art), amount in amounts.items():
            self.by_art.setdefault(art, {})[function] = amount
            self.functions.add(function)

    def all(self, wanted: set[int]) -> int:
        """Sum of arts over all functions."""
        return sum(sum(self.by_art[art].values()) for art in wanted)

    def on(self, where: set[int], wanted: set[int]) -> int:
        """Sum of arts over some functions."""
        return sum(self.by_art[art].get(function, 0) for art in wanted for function in where)


def amounts(
    year: int, drift: Account, investering: Account, balance: dict[str, int]
) -> dict[str, int]:
    """Return every concept of the unit (1000 kr, natural sign)."""

    def chapters(*wanted: str) -> int:
        return sum(balance[code] for code in wanted)

    services = functions(year, SERVICES)
    own_revenue = -drift.all(revenue(year))
    spent = drift.all(expenditure(year))
    gross = own_revenue - spent
    depreciation = -drift.on({860}, {990})
    finance = drift.all(arts(year, 500, 501, (509, 511), 900, 901, 905, 909))
    net = gross - finance - drift.all({521, 921}) + depreciation
    gains = -drift.all({509, 909})
    bound = drift.all({550, 950})
    premium = sum(drift.on({170, 171, 470, 471}, {art}) for art in drift.by_art)
    premium_fund = sum(drift.on({173, 473}, {art}) for art in drift.by_art)
    disposed = {530, 540, 550, 570, 589, 940, 950, 980, 989} | ({930} if year == 2020 else set())
    granted = arts(year, 400, (430, 480))
    fund, loss = -chapters("56"), chapters("5900")
    paid = investering.all({510, 511, 520, 521, 529})
    return {
        "brutto_driftsinntekter": own_revenue,
        "brutto_driftsutgifter": spent,
        "brutto_driftsutgifter_uten_avskrivninger": spent - drift.all({590}),
        "brutto_driftsresultat": gross,
        "netto_finansutgifter": finance,
        "motpost_avskrivninger": depreciation,
        "netto_driftsresultat": net,
        "netto_driftsresultat_disponering": drift.all(disposed),
        "loennsutgifter": drift.all(arts(year, (10, 99), 710)),
        "varige_driftsmidler": investering.all(bought(year)),
        "tilskudd_andres_investeringer": investering.all(granted),
        "sum_investeringsutgifter": investering.all(bought(year)) + investering.all(granted) + paid,
        "bruk_av_laan": -investering.all({910, 911}),
        "gevinst_finansielle": gains,
        "avdrag": drift.all({510}),
        "avskrivbare_anleggsmidler": chapters("24", "27"),
        "laanegjeld_uten_utlaan": -chapters(*loans(year), "22"),
        "netto_bundne_fond": bound,
        "netto_driftsresultat_etter_bundne": net - bound,
        "brutto_driftsresultat_uten_avskrivninger": gross + depreciation,
        "netto_driftsresultat_uten_gevinst": net - gains,
        "netto_premieavvik": premium,
        "netto_driftsresultat_uten_premieavvik": net + premium,
        "netto_premiefond": premium_fund,
        "netto_driftsresultat_uten_premiefond": net + premium + premium_fund,
        "disposisjonsfond": fund,
        "netto_avsetning_disposisjonsfond": drift.all({540, 940}),
        "bundne_driftsfond": -chapters("51"),
        "driftsfond": fund - chapters("51"),
        "alle_fond": fund - chapters("51", "53", "55"),
        "merforbruk": loss,
        "fri_egenkapital_drift": fund - loss,
    } | on_services(year, drift, investering, services)


def loans(year: int) -> list[str]:
    """Return the chapters of long-term loans."""
    if year >= 2024:
        return ["411", "412", "431", "451", "452", "453", "454"]
    return ["41", "42", "43", "45"]


def debt(year: int, scope: str, balance: dict[str, int]) -> dict[str, int]:
    """Return the debt of accounts of a scope: KG32 and KG31, KG17 and KG16, or KG116 and KG117."""
    inside, less = {
        "konsern": ([], ["22", "9100"]),
        "kasse": (["47"], ["22", "9100"]),
        "konsolidert": (["47"], ["22", "23", "9100", "9110"]),
    }[scope]
    borrowed = -sum(balance[code] for code in [*loans(year), *inside])
    ending = "" if scope == "konsern" else f"_{scope}"
    return {
        f"langsiktig_gjeld{ending}": borrowed,
        f"netto_laanegjeld{ending}": borrowed - sum(balance[code] for code in less),
    }


def on_services(year: int, drift: Account, investering: Account, where: set[int]) -> dict[str, int]:
    """Return the concepts that are defined on service functions, of some of these."""
    own = where & functions(year, SERVICES)
    refunds = {710, 729}
    return {
        "brutto_driftsutgifter_tjeneste": drift.on(own, expenditure(year) | refunds),
        "netto_driftsutgifter_tjeneste": drift.on(own, expenditure(year) | revenue(year)),
        "korrigerte_brutto_driftsutgifter": drift.on(
            own, arts(year, (10, 285), 429, 590) | refunds
        ),
        "brutto_investeringsutgifter": investering.on(own, arts(year, (10, 501)) - set(OSLO_BUYS)),
    }


def everywhere(year: int, drift: Account, investering: Account, where: set[int]) -> dict[str, int]:
    """Return the concepts that are told by service area without being of service functions alone."""
    return {
        "varige_driftsmidler": investering.on(where, bought(year)),
        "brutto_driftsutgifter": drift.on(where, expenditure(year)),
        "loennsutgifter": drift.on(where, arts(year, (10, 99), 710)),
    }


SHARES = (
    "brutto_driftsresultat",
    "netto_driftsresultat",
    "netto_driftsresultat_etter_bundne",
    "netto_driftsresultat_uten_premieavvik",
    "netto_driftsresultat_uten_premiefond",
    "netto_driftsresultat_uten_gevinst",
    "netto_finansutgifter",
    "disposisjonsfond",
    "fri_egenkapital_drift",
    "brutto_investeringsutgifter",
)  # of operating revenue, of accounts of every scope
SHARES_OF_ONE = {
    "langsiktig_gjeld": "konsern",
    "netto_laanegjeld": "konsern",
    "netto_laanegjeld_kasse": "kasse",
    "netto_laanegjeld_konsolidert": "konsolidert",
}

MAIN, COUNTY, OTHER = "hoved ja", "fylke ja", "alternativ nei"
UNRANKED = "hoved nei"


def areas(year: int) -> dict[str, tuple[str, set[int]]]:
    """Return every service area: how it is used, and its functions."""
    care = {234, 253, 256, 261} | ({254} if year <= 2023 else {257, 258})
    health = {232, 233, 241}
    social = {242, 243, 273, 276, 281}
    shared = {170, 171, 172, 173, 180}
    water, sewage = {340, 345}, {350, 353, 354}
    oslo = functions(year, (691, 696))
    return {
        "politisk_styring": (MAIN, {100, 110}),
        "administrasjon": (MAIN, {120, 121, 130}),
        "fellesutgifter": (UNRANKED, shared),
        "barnehage": (MAIN, {201, 211, 221}),
        "grunnskole": (MAIN, {202, 213, 215, 222, 223}),
        "kommunehelse": (MAIN, health),
        "pleie_og_omsorg": (MAIN, care),
        "sosial": (MAIN, social),
        "introduksjonsordning": (MAIN, {275}),
        "barnevern": (MAIN, {244, 251, 252}),
        "vann_avloep_renovasjon": (MAIN, water | sewage | {355}),
        "plan_og_miljoe": (MAIN, {301, 302, 303, 335, 360, 365}),
        "kultur": (MAIN, {231, 370, 373, 375, 377, 380, 381, 383, 385, 386}),
        "kirke": (MAIN, {390, 392, 393}),
        "kommunale_veier": (MAIN, {332}),
        "transport": (MAIN, {330}),
        "bolig": (MAIN, {265, 283, 315}),
        "naering": (MAIN, {320, 321, 325, 329} | ({322} if year >= 2021 else set())),
        "brann": (MAIN, {338, 339}),
        "andre_formaal": (UNRANKED, {285, 290} | oslo),
        "sosial_med_intro": (OTHER, social | {275}),
        "sosial_fgk12a": (OTHER, {242, 243, 281}),
        "livsopphold": (OTHER, {281}),
        "grunnskole_fgk8": (OTHER, {202, 215, 222, 223}),
        "grunnskole_fgk8a": (OTHER, {202, 222, 223}),
        "skolelokaler": (OTHER, {222}),
        "administrasjon_120": (OTHER, {120}),
        "fgk1": (OTHER, {100, 110, 120, 121, 130} | shared),
        "samferdsel": (OTHER, {330, 332}),
        "helse_og_omsorg": (OTHER, health | care),
        "pleie_omsorg_bolig": (OTHER, care | {265}),
        "vann_avloep": (OTHER, water | sewage),
        "vann": (OTHER, water),
        "avloep": (OTHER, sewage),
        "fylke_styring": (COUNTY, {400, 410, 420, 421, 430, 470, 471, 472, 473, 480}),
        "fylke_opplaering": (COUNTY, functions(year, (510, 590))),
        "fylke_tannhelse": (COUNTY, {660, 665}),
        "fylke_naering": (COUNTY, {701, 710, 711}),
        "fylke_plan_og_miljoe": (COUNTY, functions(year, (713, 716), 750)),
        "fylke_samferdsel": (COUNTY, {722, *range(730, 736)}),
        "fylke_kultur": (COUNTY, {740, 760, 771, 772, 775, 790}),
        "fylke_andre_formaal": (COUNTY, {460, 465}),
    }


# At -1, -0.4, 0, a hair above 0 and 0.4 percent, and a hair below, at and above 5, 10, 15 and 25 percent.
HIGHER = "5_10 5_10 5_10 10_15 10_15 10_15 15_25 15_25 15_25 25_pluss 25_pluss"
BANDS = {
    ("null_eller_lavere", "over_0_under_5"): "tomt tomt tomt 0_5 0_5 0_5",
    ("null_eller_lavere", "over_0_til_5"): "tomt tomt tomt 0_5 0_5 0_5",
    ("null_eller_lavere", "fra_0_under_5"): "tomt tomt tomt 0_5 0_5 0_5",
    ("null", "over_0_under_5"): "- - tomt 0_5 0_5 0_5",
    ("null", "over_0_til_5"): "- - tomt 0_5 0_5 0_5",
    ("null", "fra_0_under_5"): "- - tomt 0_5 0_5 0_5",
    ("runder", "over_0_under_5"): "tomt tomt tomt tomt tomt 0_5",
    ("runder", "over_0_til_5"): "tomt tomt tomt tomt tomt 0_5",
    ("runder", "fra_0_under_5"): "tomt tomt tomt tomt tomt 0_5",
}
# At 0, and on both sides of 3 000, 10 000, 20 000 and 50 001 inhabitants (one in between: the middle of a group).
GROUPS = "under_3000 under_3000 3000_9999 3000_9999 10000_19999 10000_19999 20000_50000 20000_50000 over_50000"


def of_scope(
    year: int, scope: str, drift: Amounts, investering: Amounts, balance: dict[str, int]
) -> dict[str, Cell]:
    """Return every number of the unit's accounts of a scope, named as `every_code.values` names it."""
    posted, invested = Account(drift), Account(investering)
    whole = amounts(year, posted, invested, balance) | debt(year, scope, balance)
    for area, (_, own) in areas(year).items():
        if own & posted.functions:
            parts = on_services(year, posted, invested, own)
            parts |= everywhere(year, posted, invested, own)
            whole |= {f"{name}@{area}": amount for name, amount in parts.items()}
    found: dict[str, Cell] = {f"{scope} {name}": amount for name, amount in whole.items()}
    for name in (*SHARES, *SHARES_OF_ONE):
        share = whole.get(name)
        found[f"{scope} {name}_pst"] = (
            None if share is None else 100 * share / whole["brutto_driftsinntekter"]
        )
    return found


def of_tables(year: int) -> dict[str, Cell]:
    """Return what the tables must say apart from amounts, named as `every_code.values` names it."""
    found: dict[str, Cell] = {f"omfang {name}_pst": "alle" for name in SHARES}
    found |= {f"omfang {name}_pst": scope for name, scope in SHARES_OF_ONE.items()}
    found |= {f"omraade {area}": use for area, (use, _) in areas(year).items()}
    found |= {
        f"koder {kind}": " ".join(codes(kind, year)) for kind in ("funksjon", "art", "kapittel")
    }
    for (used_up, ends), low in BANDS.items():
        at_5 = "0_5" if ends == "over_0_til_5" else "5_10"
        found[f"baand {used_up} {ends}"] = " ".join([low, HIGHER.replace("5_10", at_5, 1)])
    return found | {"grupper": GROUPS}
