"""From a service area's level to functions and arts: the operating rows of the service functions.

Per function: the level (AGD10) is split over the arts of the function's profile. Sick-pay refunds
come on top with the same amount of pay for substitutes, compensated VAT with its compensation, so
that AGD10 stays what it was. Income of the function is a share of its level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from kommuneregnskap.sources.demo.frame import Frame
from kommuneregnskap.sources.demo.inputs import YEARS, Inputs
from kommuneregnskap.sources.demo.integers import Ints, allocate, bell, uniform
from kommuneregnskap.sources.demo.levels import Levels

OPERATING, INVESTMENT, BALANCE = "drift", "investering", "balanse"


@dataclass
class Block:
    """Rows of one account: `values` [unit, year, column], a (funksjon, art) pair per column."""

    columns: list[tuple[str, str]]
    values: Ints


@dataclass(frozen=True)
class Services:
    """Operating rows of the service functions and what follows from them, by unit and year."""

    blocks: list[Block]
    gross: Ints  # expenditure before refunds and compensation (AGD9)
    depreciation: Ints
    income: Ints  # refunds, compensation, fees, rents and other income of the functions, positive


def functions(
    levels: Levels, frame: Frame, inputs: Inputs, *, account: str
) -> list[tuple[dict[str, object], Ints]]:
    """Return each service function (row of funksjoner.csv) with its amount by unit and year."""
    source = levels.operating if account == OPERATING else levels.investment
    result = []
    for position, post in enumerate(levels.posts):
        rows = inputs.funksjoner.filter(
            (pl.col("post") == post) & (pl.col(f"vekt_{account}") > 0)
        ).to_dicts()
        if not rows:
            continue
        shares = allocate(source[..., position], _function_weights(rows, frame, inputs, account))
        result += [(row, shares[..., column]) for column, row in enumerate(rows)]
    return result


def _function_weights(
    rows: list[dict[str, object]], frame: Frame, inputs: Inputs, account: str
) -> Ints:
    unit = frame.keys[:, np.newaxis, np.newaxis]
    code = np.array([int(str(row["funksjon"])) for row in rows], dtype=np.int64)
    weight = np.array([row[f"vekt_{account}"] for row in rows], dtype=np.int64)
    exists = np.array([row["forekomst"] for row in rows], dtype=np.int64)
    own = 1000 + bell("funksjon", unit, code) * 250 // 1000
    years = np.array(YEARS, dtype=np.int64)[np.newaxis, :, np.newaxis]
    present = uniform("funksjon finnes", unit, code) < exists
    if account == OPERATING:
        # Functions of an area grow apart, so that a definition without one of them gives another growth.
        everyone = bell("funksjon aar", years, code) * inputs.parametre["funksjon_aar"]
        alone = bell("funksjon aar egen", unit, years, code) * inputs.parametre["funksjon_aar_egen"]
        return np.asarray(weight * own * present * (1000 + (everyone + alone) // 1000) // 1000)
    project = uniform("prosjekt funksjon", unit, years, code)
    active = present & (project >= inputs.parametre["uten_prosjekt_funksjon"])
    # What most of an area's investments are for has one every year; where none of its larger functions has,
    # what there is falls on any of those.
    active |= weight * 2 > weight.sum()
    larger = weight * 20 >= weight.sum()
    active |= larger & ~(active & larger).any(axis=-1, keepdims=True)
    return np.asarray(weight * own * (50 + project) // 1000 * active)


def operating(levels: Levels, frame: Frame, inputs: Inputs) -> Services:
    """Return the operating rows of all service functions."""
    shape = levels.operating.shape[:2]
    gross, depreciation, income = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    blocks = []
    depreciation_art = inputs.art(OPERATING, "avskrivninger")
    for row, amount in functions(levels, frame, inputs, account=OPERATING):
        code = str(row["funksjon"])
        spent = split_over_arts(code, str(row["profil"]), amount, frame, inputs)
        blocks.append(spent)
        for (_, art), values in zip(spent.columns, np.moveaxis(spent.values, -1, 0), strict=True):
            if art == depreciation_art:
                depreciation += values
        refunds, on_top = _refunds(code, row, amount, frame, inputs)
        earned = _income(code, row, amount, frame, inputs)
        blocks += [refunds, *earned]
        gross += amount + on_top
        income += on_top - sum(block.values.sum(axis=-1) for block in earned)
    return Services(blocks, gross, depreciation, income)


def split_over_arts(code: str, profile: str, amount: Ints, frame: Frame, inputs: Inputs) -> Block:
    """Split a function's amount over the arts of a profile."""
    arts, weights = inputs.profile(profile)
    unit = frame.keys[:, np.newaxis, np.newaxis]
    year = np.array(YEARS, dtype=np.int64)[np.newaxis, :, np.newaxis]
    function, art = int(code), np.array([int(a) for a in arts], dtype=np.int64)
    own = 1000 + bell("art", unit, function, art) * 300 // 1000
    everyone = bell("art aar alle", year, art) * inputs.parametre["art_aar"]
    alone = bell("art aar", unit, year, function, art) * inputs.parametre["art_aar_egen"]
    yearly = 1000 + (everyone + alone) // 1000
    thin = weights < inputs.parametre["tynne_arter"]
    missing = thin & (uniform("art mangler", unit, function, art) < _missing(frame, inputs))
    weight = weights * own * ~missing // 10 * yearly // 1000
    return Block([(code, a) for a in arts], allocate(amount, weight))


def _missing(frame: Frame, inputs: Inputs) -> Ints:
    """Return how often an art of little weight is missing (per thousand), by size of unit."""
    base, small, people = (
        inputs.parametre[f"tynne_arter_mangler{part}"] for part in ("", "_smaa", "_fra")
    )
    chance = base + small * people // (frame.population[:, 0] + people)
    return np.asarray(chance[:, np.newaxis, np.newaxis], dtype=np.int64)


def _refunds(
    code: str, row: dict[str, object], amount: Ints, frame: Frame, inputs: Inputs
) -> tuple[Block, Ints]:
    """Return sick-pay refunds with the pay they cover, VAT with its compensation, and the sum."""
    year = np.array(YEARS, dtype=np.int64)
    unit = frame.keys[:, np.newaxis]
    moves = 1000 + bell("refusjon", unit, year, int(code)) // 5
    sick = np.abs(amount) * int(str(row["sykeloennsrefusjon"])) // 1000 * moves // 1000
    vat = np.abs(amount) * int(str(row["mva"])) // 1000 * moves // 1000
    posts = {
        "vikarer": sick,
        "sykeloennsrefusjon": -sick,
        "mva_utgift": vat,
        "mva_kompensasjon": -vat,
    }
    columns = [(code, inputs.art(OPERATING, post)) for post in posts]
    return Block(columns, np.stack(list(posts.values()), axis=-1)), sick + vat


def _income(
    code: str, row: dict[str, object], amount: Ints, frame: Frame, inputs: Inputs
) -> list[Block]:
    if not row["inntektsprofil"]:
        return []
    if row["inntekt"] is None:  # costs shared with others, who pay all of them
        earned = amount
    else:
        own = 1000 + bell("inntekt", frame.keys[:, np.newaxis], int(code)) * 300 // 1000
        earned = np.abs(amount) * int(str(row["inntekt"])) // 1000 * own // 1000
    block = split_over_arts(code, f"inntekt_{row['inntektsprofil']}", earned, frame, inputs)
    return [Block(block.columns, -block.values)]


def posted(
    post: str, amount: Ints, frame: Frame, inputs: Inputs, *, account: str, sign: int
) -> Block:
    """Book a post's amount on its (funksjon, art) pairs; `sign` -1 for income."""
    pairs, weights = inputs.postings(account, frame.kind, post)
    code = np.array([int(function) * 1000 + int(art) for function, art in pairs], dtype=np.int64)
    own = 1000 + bell("post", frame.keys[:, np.newaxis, np.newaxis], code) * 300 // 1000
    shape = (*amount.shape, len(pairs))
    weight = np.broadcast_to(weights * own, shape)
    return Block(pairs, sign * allocate(amount, np.asarray(weight)))
