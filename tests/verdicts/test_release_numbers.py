"""Every number of a sentence: value, printed precision, unit, sign, qualifying word, what it is a share of."""

from __future__ import annotations

import pytest

from kommuneregnskap.verdicts.text.mention import CLAIM, DATE, LIMIT, UNREAD, YEAR
from kommuneregnskap.verdicts.text.mentions import mentions
from kommuneregnskap.verdicts.text.words import lexicon

LARGE = "over 50 000 innbyggere"


def of(text: str, hva: str = CLAIM) -> list[tuple[object, ...]]:
    return [
        (each.verdi, each.enhet, each.kvalifikator)
        for each in mentions(text, lexicon())
        if each.hva == hva
    ]


@pytest.mark.parametrize(
    ("text", "verdi", "enhet", "kvalifikator"),
    [
        ("Det ble 17 prosent.", 17, "prosent", "eksakt"),
        ("Det ble 4,45 pst. av alt.", 4.45, "prosent", "eksakt"),
        ("Det ble 6 % mer.", 6, "prosent", "eksakt"),
        ("Det ble om lag 3¼ pst.", 3.25, "prosent", "om_lag"),
        ("Fem prosent av dem.", 5, "prosent", "eksakt"),
        ("Trettifem prosent av dem.", 35, "prosent", "eksakt"),
        ("I underkant av 1 prosent.", 1, "prosent", "knapt"),
        ("Drøyt 3,9 prosent.", 3.9, "prosent", "overkant"),
        ("Nesten halvparten av kommunene.", 50, "prosent", "nesten"),
        ("En tredjedel av innbyggerne.", 33.33, "prosent", "broek"),
        ("To av tre kommuner.", 66.67, "prosent", "broek"),
        ("Seks av ti kommuner.", 60, "prosent", "broek"),
        ("Hver fjerde kommune.", 25, "prosent", "broek"),
        ("Annenhver kommune.", 50, "prosent", "broek"),
        ("9 av 10 fylkeskommuner har svart.", 9, "antall", "telling"),
        ("Dobbelt så mange eldre.", 100, "prosent", "eksakt"),
        ("Minus 2 prosent.", -2, "prosent", "eksakt"),
        ("Det ble −0,4 prosent.", -0.4, "prosent", "eksakt"),
        ("Det ble -9,6 prosent.", -9.6, "prosent", "eksakt"),
        ("Om lag minus 2 prosent.", -2, "prosent", "om_lag"),
        ("4 milliarder i minus.", -4, "mrd_kr", "eksakt"),
        ("Nær 4 milliarder kroner i minus.", -4, "mrd_kr", "naer"),
        ("Et underskudd på 5 mrd. kroner.", -5, "mrd_kr", "eksakt"),
        ("Et overskudd på 500 millioner kroner.", 0.5, "mrd_kr", "eksakt"),
        ("1 234 kommuner har svart.", 1234, "antall", "telling"),
        ("163 kommuner har svart.", 163, "antall", "telling"),
        ("1,6 prosentpoeng opp.", 1.6, "prosentpoeng", "eksakt"),
        ("For tredje år på rad.", 3, "aar", "telling"),
        ("Tre år på rad.", 3, "aar", "telling"),
        ("17 500 kroner per innbygger.", 17500, "kr", "eksakt"),
    ],
)
def test_one_number_is_read(text: str, verdi: float, enhet: str, kvalifikator: str) -> None:
    assert of(text) == [(verdi, enhet, kvalifikator)]


@pytest.mark.parametrize(
    ("text", "step"),
    [("17 prosent", 1), ("0,45 prosent", 0.01), ("56,4 milliarder kroner", 0.1), ("500 millioner kroner", 0.001),
     ("en tredjedel av dem", 6.67), ("halvparten av dem", 10), ("seks av ti", 10)],
)  # fmt: skip
def test_precision_is_one_unit_of_the_last_printed_digit(text: str, step: float) -> None:
    """A third is 6.67 from two fifths, its nearest neighbour among simple fractions; a half is 10 from three fifths."""
    assert [each.opploesning for each in mentions(text, lexicon())] == [step]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("4,2 til 4,4 prosent", 4.2, 4.4), ("2 - 2,25 prosent", 2, 2.25), ("3–4 prosent", 3, 4)],
)
def test_a_range_is_one_number(text: str, low: float, high: float) -> None:
    (each,) = mentions(text, lexicon())
    assert (each.verdi, each.verdi_til, each.kvalifikator) == (low, high, "mellom")


def test_numbers_that_are_joined_share_a_unit() -> None:
    assert of("Det er 10 og 16 prosent.") == [(10, "prosent", "eksakt"), (16, "prosent", "eksakt")]
    assert of("Fra 2,5 til 1,0 prosent.") == [(2.5, "prosent", "eksakt"), (1, "prosent", "eksakt")]
    assert of("2,5 prosent, mot 4,2 året før.") == [
        (2.5, "prosent", "eksakt"),
        (4.2, "prosent", "eksakt"),
    ]


def test_a_count_without_its_unit_is_of_the_municipalities_spoken_of() -> None:
    assert of("Av de 210 kommunene er det 126 (60 prosent) som gikk i minus.") == [
        (210, "antall", "telling"),
        (126, "antall", "telling"),
        (60, "prosent", "eksakt"),
    ]


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("16 prosent av kommunene", "kommuner"),
        ("138 kommuner (58 prosent) gikk i minus", "kommuner"),
        ("84,5 prosent av folkemengden utenom Oslo", "innbyggere"),
        ("Halvparten av disse", "disse"),
        ("17 prosent av investeringene", "investeringer"),
        ("60 prosent av veksten", "vekst"),
        ("2 prosent av driftsinntektene", "inntekter"),
        ("Resultatet ble 2 prosent", ""),
    ],
)
def test_what_a_share_is_of(text: str, share: str) -> None:
    assert [each.del_av for each in mentions(text, lexicon()) if each.enhet == "prosent"] == [share]


@pytest.mark.parametrize(
    ("text", "hva"),
    [
        ("I 2024 gikk det bedre.", YEAR),
        ("Den 5. mars 2025 kom tallene.", DATE),
        ("Pressemøte kl. 10.30 i dag.", DATE),
        (f"Kommuner med {LARGE}.", LIMIT),
        ("Kommuner under 3.000 innbyggere.", LIMIT),
        ("Ring 12 34 56 78.", UNREAD),
        ("Kommuneloven § 14-18 krever det.", DATE),
    ],
)
def test_what_is_no_number_of_the_accounts_says_so(text: str, hva: str) -> None:
    assert not of(text)
    assert of(text, hva)


def test_a_limit_is_none_of_the_numbers_that_are_told() -> None:
    text = "16 prosent av kommunene har fond på mellom 0 og 5 prosent av inntektene."
    assert of(text) == [(16, "prosent", "eksakt")]
    assert [
        (each.verdi, each.verdi_til) for each in mentions(text, lexicon()) if each.hva == LIMIT
    ] == [(0, 5)]
    assert of("Halvparten har et resultat lavere enn minus 2 prosent.") == [
        (50, "prosent", "broek")
    ]
    # Where nothing is counted, the same words are a number with a qualifying word.
    assert of("Resultatet ble lavere enn minus 2 prosent.") == [(-2, "prosent", "under")]
