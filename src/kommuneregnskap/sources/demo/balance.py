"""The balance sheet: assets, debt and equity by chapter and sector; memorandum chapters apart.

Two identities carry it: working capital equals the funds (less deficits) plus unused loans, and
fixed assets less long-term debt plus unused loans equal the capital account. Cash is what the first
leaves, the capital account what the second leaves, so the sheet nets to zero for every unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from kommuneregnskap.sources.demo.frame import Frame
from kommuneregnskap.sources.demo.funds import Funds
from kommuneregnskap.sources.demo.inputs import Inputs
from kommuneregnskap.sources.demo.integers import Ints, allocate, bell
from kommuneregnskap.sources.demo.investment import Investment
from kommuneregnskap.sources.demo.services import Block

CURRENT_ASSETS = ("kundefordringer", "andre_fordringer", "plasseringer", "premieavvik")
CURRENT_DEBT = ("kortsiktig_gjeld", "leverandoergjeld")
FIXED_ASSETS = ("pensjonsmidler", "aksjer", "utlaan", "utstyr", "eiendommer")
LONG_DEBT = ("pensjonsforpliktelse", "laan")
BY_REVENUE = (
    *CURRENT_ASSETS,
    *CURRENT_DEBT,
    "pensjonsmidler",
    "ubrukte_laanemidler",
    "andre_memoria",
)
SPREAD = 300  # lasting difference between units, per thousand


@dataclass(frozen=True)
class Flows:
    """Flows of the accounts that change fixed assets and debt, by unit and year."""

    revenue: Ints
    depreciation: Ints
    instalments: Ints


def balance(
    frame: Frame, inputs: Inputs, flows: Flows, funds: Funds, investment: Investment
) -> list[Block]:
    """Return the balance as blocks of (kapittel, sektor) columns, with the signs of the file."""
    posts = {name: _share(name, frame, inputs, flows.revenue) for name in BY_REVENUE}
    posts |= {"pensjonsforpliktelse": _pensions(posts["pensjonsmidler"], inputs)}
    unused = posts["ubrukte_laanemidler"]
    posts |= _fixed(frame, inputs, flows, investment, unused)
    equity = funds.bound + funds.free + investment.free + investment.bound - funds.deficit
    working = _sum(posts, CURRENT_ASSETS) - _sum(posts, CURRENT_DEBT)
    principle = _share("prinsippendring", frame, inputs, flows.revenue)[:, :1]
    principle = principle + np.zeros_like(equity)
    cash = equity + principle + unused - working
    # Where the funds are lent out for a while, an overdraft fills the gap.
    overdraft = np.maximum(-cash, 0) + np.where(cash < 0, flows.revenue // 100, 0)
    posts |= {"bankinnskudd": cash + overdraft, "likviditetslaan": overdraft}
    capital = _sum(posts, FIXED_ASSETS) - _sum(posts, LONG_DEBT)
    memo = posts["andre_memoria"]
    signed = {
        **{name: posts[name] for name in ("bankinnskudd", *CURRENT_ASSETS, *FIXED_ASSETS)},
        **{name: -posts[name] for name in ("likviditetslaan", *CURRENT_DEBT, *LONG_DEBT)},
        "bundne_driftsfond": -funds.bound,
        "ubundne_investeringsfond": -investment.free,
        "bundne_investeringsfond": -investment.bound,
        "disposisjonsfond": -funds.free,
        "prinsippendring": -principle,
        "merforbruk": funds.deficit,
        "kapitalkonto": -(capital + unused),
        "ubrukte_laanemidler": unused,
        "andre_memoria": memo,
        "motkonto_memoria": -(unused + memo),
    }
    return [by_chapter(post, amount, frame, inputs) for post, amount in signed.items()]


def _sum(posts: dict[str, Ints], names: tuple[str, ...]) -> Ints:
    return np.asarray(sum(posts[name] for name in names), dtype=np.int64)


def _pensions(assets: Ints, inputs: Inputs) -> Ints:
    """Return the pension obligation, a little more than the pension assets."""
    return assets * inputs.parametre["balanse_pensjonsforpliktelse"] // 1000


def _share(name: str, frame: Frame, inputs: Inputs, revenue: Ints) -> Ints:
    """Return a post as its share of revenue, lastingly different between units."""
    own = 1000 + bell(f"balanse {name}", frame.keys[:, np.newaxis]) * SPREAD // 1000
    return revenue * inputs.parametre[f"balanse_{name}"] // 1000 * own // 1000


def _fixed(
    frame: Frame,
    inputs: Inputs,
    flows: Flows,
    investment: Investment,
    unused: Ints,
) -> dict[str, Ints]:
    """Return property, equipment, shares, loans given and loans taken, rolled with the flows."""
    equipment = inputs.parametre["andel_utstyr"]
    own = investment.spent - investment.shared
    bought = own * equipment // 1000
    worn = flows.depreciation * equipment // 1000
    built = own - bought - (flows.depreciation - worn) - investment.sold
    loans = investment.borrowed + investment.lent - flows.instalments - investment.lent_back
    loans = loans - investment.repaid
    flow = {
        "eiendommer": built,
        "utstyr": bought - worn,
        "laan": loans + np.diff(unused, axis=1, prepend=unused[:, :1]),
        "utlaan": investment.lent - investment.lent_back + investment.own_loans,
        "aksjer": investment.shares_bought,
    }
    return {
        name: rolled(name, amount, frame, inputs, flows.revenue) for name, amount in flow.items()
    }


def rolled(name: str, flow: Ints, frame: Frame, inputs: Inputs, revenue: Ints) -> Ints:
    """Return amounts that change by `flow`, stay positive and end near a share of revenue."""
    moved = np.cumsum(flow, axis=1)
    end = _share(name, frame, inputs, revenue)[:, -1]
    least = _share("minst", frame, inputs, revenue)[:, 0]
    opening = np.maximum(end - moved[:, -1], least - moved.min(axis=1))
    return np.asarray(opening[:, np.newaxis] + moved, dtype=np.int64)


def by_chapter(post: str, amount: Ints, frame: Frame, inputs: Inputs) -> Block:
    """Return a post's amount, with the sign of the file, on its chapters and sectors."""
    rows = inputs.balanse.filter(pl.col("post") == post)
    columns = list(rows.select("kapittel", "sektor").iter_rows())
    weights = rows["vekt"].to_numpy()
    code = np.array([int(k) * 1000 + int(s) for k, s in columns], dtype=np.int64)
    own = 1000 + bell("balanse fordelt", frame.keys[:, np.newaxis, np.newaxis], code) * 300 // 1000
    weight = np.asarray(np.broadcast_to(weights * own, (*amount.shape, len(columns))))
    return Block(columns, allocate(amount, weight))
