"""How much each unit spends: service areas and finance posts by year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from kommuneregnskap.sources.demo.frame import Frame
from kommuneregnskap.sources.demo.inputs import KOMMUNE, YEARS, Inputs
from kommuneregnskap.sources.demo.integers import Ints, Mask, allocate, bell, uneven, uniform

MILLION = 1000  # the tables are in million kr, the accounts in 1000 kr


@dataclass(frozen=True)
class Levels:
    """Posts (service areas) by unit and year, 1000 kr: arrays [unit, year, post]."""

    posts: list[str]
    operating: Ints  # AGD10: gross expenditure less sick-pay refunds and VAT compensation
    investment: Ints


def base_units(frame: Frame, inputs: Inputs) -> Mask:
    """Return the units whose sums the area table states: the respondents of the base year."""
    return frame.answered[:, frame.index(inputs.parametre["basisaar"])]


def areas(frame: Frame, inputs: Inputs) -> Levels:
    """Return operating and investment expenditure by unit, year and post.

    The sums over the respondents of the base year are those of omraader.csv, exactly; the other
    units get what their inhabitants and profile give at the same level.
    """
    rows = inputs.omraader.filter(pl.col("enhetstype") == frame.kind)
    totals = {
        account: rows.select([f"{account}_{year}" for year in YEARS]).to_numpy().T * MILLION
        for account in ("drift", "investering")
    }
    posts = rows["post"].to_list()
    post_keys = np.arange(len(posts), dtype=np.int64)
    operating = _spread(
        totals["drift"], _operating_weights(frame, inputs, post_keys), frame, inputs
    )
    investment = _spread(
        totals["investering"], _investment_weights(frame, inputs, post_keys), frame, inputs
    )
    return Levels(posts=posts, operating=operating, investment=investment)


def _operating_weights(frame: Frame, inputs: Inputs, posts: Ints) -> Ints:
    """Return inhabitants x cost by size x what differs between units: lastingly, and from year to year.

    Yearly differences are of the unit's whole level (what stays, and what is gone the year after) and of each
    post, both larger in small units.
    """
    unit, year, post = _keys(frame, posts)
    weights, more = inputs.parametre, more_when_small(frame, inputs)
    lasting = 1000 + bell("drift vedvarende", unit, post) * _spread_of(frame, inputs) // 1000
    stays, passes = shocks(frame)
    moved = np.cumsum(stays, axis=1) * weights["nivaa_varig"] + passes * weights["nivaa_aar"]
    level = 1000 + moved // 1000 * more[:, np.newaxis] // 1000
    spread = weights["aarlig_spredning"] * more[:, np.newaxis, np.newaxis] // 1000
    yearly = 1000 + bell("drift aar", unit, year, post) * spread // 1000
    size = _size(frame, inputs) * level // 1000
    return size[..., np.newaxis] * lasting // 1000 * yearly // 1000


def shocks(frame: Frame) -> tuple[Ints, Ints]:
    """Return what moves a unit's whole expenditure by year: what stays, and what is gone the year after.

    In thousandths, before the unit's size is looked at; most are small and a few are large.
    """
    unit, year = frame.keys[:, np.newaxis], np.array(YEARS, dtype=np.int64)
    stays, passes = (uneven(bell(name, unit, year)) for name in ("nivaa varig", "nivaa aar"))
    return stays, passes


def more_when_small(frame: Frame, inputs: Inputs) -> Ints:
    """Return how much more a unit's growth and result vary than a large one's, per thousand."""
    if frame.kind != KOMMUNE:
        return np.full(len(frame.keys), 1000, dtype=np.int64)
    extra, people = inputs.parametre["spredning_smaa"], frame.population[:, -1]
    return 1000 + extra * 1000 // (people + inputs.parametre["spredning_smaa_fra"])


def _investment_weights(frame: Frame, inputs: Inputs, posts: Ints) -> Ints:
    """Return weights that come and go from year to year, as building projects do."""
    unit, year, post = _keys(frame, posts)
    project = uniform("prosjekt", unit, year, post)
    lumpy = np.where(project < inputs.parametre["uten_prosjekt"], 40, 300 + project)
    lasting = 1000 + bell("investering vedvarende", unit) * 400 // 1000
    return _size(frame, inputs)[..., np.newaxis] * lasting // 1000 * lumpy // 1000


def _spread_of(frame: Frame, inputs: Inputs) -> int:
    name = "spredning" if frame.kind == KOMMUNE else "spredning_fylke"
    return inputs.parametre[name]


def _size(frame: Frame, inputs: Inputs) -> Ints:
    """Return inhabitants x a cost factor that falls with size (small units cost more a head)."""
    if frame.kind != KOMMUNE:
        return frame.population * 1000
    extra = inputs.parametre["smaadrift"] * 1000
    return frame.population * (
        1000 + extra // (frame.population + inputs.parametre["smaadrift_fra"])
    )


def _keys(frame: Frame, posts: Ints) -> tuple[Ints, Ints, Ints]:
    return (
        frame.keys[:, np.newaxis, np.newaxis],
        np.array(YEARS, dtype=np.int64)[np.newaxis, :, np.newaxis],
        posts[np.newaxis, np.newaxis, :],
    )


def _spread(totals: Ints, weights: Ints, frame: Frame, inputs: Inputs) -> Ints:
    """Split totals [year, post] over units; those outside the base get their share on top."""
    base = base_units(frame, inputs)
    by_unit = np.moveaxis(weights, 0, -1)  # [year, post, unit]
    result = np.zeros(by_unit.shape, dtype=np.int64)
    inside = by_unit[..., base]
    result[..., base] = allocate(totals, inside)
    if not base.all():
        sums = np.maximum(inside.sum(axis=-1, keepdims=True), 1)
        result[..., ~base] = totals[..., np.newaxis] * by_unit[..., ~base] // sums
    return np.moveaxis(result, -1, 0)


def finance(frame: Frame, inputs: Inputs, gross: Ints) -> dict[str, Ints]:
    """Return finance posts by unit and year as shares of gross expenditure, all positive."""
    result = {}
    years = np.array(YEARS, dtype=np.int64)
    for post in inputs.finans["post"].unique(maintain_order=True).to_list():
        share = inputs.shares(frame.kind, post)[np.newaxis, :]
        own = 1000 + bell(f"finans {post}", frame.keys[:, np.newaxis]) * 400 // 1000
        yearly = 1000 + bell(f"finans aar {post}", frame.keys[:, np.newaxis], years) // 10
        result[post] = gross * share // 10_000 * own // 1000 * yearly // 1000
    return result
