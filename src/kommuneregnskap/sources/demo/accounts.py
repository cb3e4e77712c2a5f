"""All rows of one kind of units: operating, investment and balance, in the order they arise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kommuneregnskap.sources.demo import balance, funds, investment, levels, results, services
from kommuneregnskap.sources.demo.enterprises import enterprises
from kommuneregnskap.sources.demo.frame import Frame
from kommuneregnskap.sources.demo.inputs import KOMMUNE, YEARS, Inputs
from kommuneregnskap.sources.demo.integers import Ints, bell
from kommuneregnskap.sources.demo.services import BALANCE, INVESTMENT, OPERATING, Block

TREASURY, CONSOLIDATED = "kasse", "konsolidert"
INCOME = ("renteinntekter", "utbytte", "gevinst_finansielle")


@dataclass(frozen=True)
class Accounts:
    """Blocks of rows by account; `enterprise` is what consolidation adds."""

    frame: Frame
    blocks: dict[str, list[Block]]
    enterprise: dict[str, list[Block]]


def accounts(frame: Frame, inputs: Inputs) -> Accounts:
    """Return the accounts of all units in all years."""
    level = levels.areas(frame, inputs)
    service = services.operating(level, frame, inputs)
    finance = levels.finance(frame, inputs, service.gross)
    net_finance = sum(
        (-amount if post in INCOME else amount for post, amount in finance.items()),
        np.zeros_like(service.gross),
    )
    outcome = results.results(frame, inputs, service.gross + net_finance - service.depreciation)
    fund = funds.funds(frame, inputs, outcome)
    invested = investment.investment(level, frame, inputs, outcome.revenue, fund.to_investment)
    flows = balance.Flows(outcome.revenue, service.depreciation, finance["avdrag"])
    blocks = {
        OPERATING: [
            *service.blocks,
            *_general(level, frame, inputs, service.depreciation, outcome.revenue - service.income),
            *_finance(frame, inputs, finance),
            *_disposal(frame, inputs, fund, outcome.revenue),
        ],
        INVESTMENT: invested.blocks,
        BALANCE: balance.balance(frame, inputs, flows, fund, invested),
    }
    added = enterprises(frame, inputs, outcome.revenue, invested.spent)
    return Accounts(frame, blocks, added)


def _general(
    level: levels.Levels, frame: Frame, inputs: Inputs, depreciation: Ints, rest: Ints
) -> list[Block]:
    """Return taxes and grants, the contra entry of depreciation and the pension difference.

    The pension difference is an income with a charge of the same size beside it, as the yearly
    difference and the amortisation of former ones are.
    """
    premium = level.operating[..., level.posts.index(_pension_area(frame))]
    years = np.array(YEARS, dtype=np.int64)
    moves = bell("premieavvik alle", years) + bell("premieavvik", frame.keys[:, np.newaxis], years)
    premium = premium * inputs.parametre["premieavvik"] // 1000 * (1000 + moves // 10) // 1000
    income = {
        "premieavvik": premium,
        "motpost_avskrivninger": depreciation,
        **_general_revenue(frame, inputs, rest),
    }
    return _booked({"premieavvik_motpost": premium}, income, frame, inputs)


def _finance(frame: Frame, inputs: Inputs, finance: dict[str, Ints]) -> list[Block]:
    paid = {post: amount for post, amount in finance.items() if post not in INCOME}
    return _booked(paid, {post: finance[post] for post in INCOME}, frame, inputs)


def _disposal(frame: Frame, inputs: Inputs, fund: funds.Funds, revenue: Ints) -> list[Block]:
    """Return what the net operating result is used for, and what covers a negative one.

    In the first year an earlier surplus goes to the funds as well, as it could then (art 930); where a deficit is
    carried forward, the report is off both ways by as much (589, 989).
    """
    surplus = revenue * inputs.parametre["mindreforbruk_foer"] // 1000
    surplus[:, 1:] = 0
    off = fund.new_deficit * inputs.parametre["rapportkontroll"] // 1000
    used = {
        "dekning_merforbruk": fund.cover,
        "avsetning_ubundne": fund.to_free + surplus,
        "overfoering_investering": fund.to_investment,
        "avsetning_bundne": fund.to_bound,
        "rapportkontroll_over": off,
    }
    covered = {
        "bruk_ubundne": fund.from_free,
        "bruk_bundne": fund.from_bound,
        "merforbruk": fund.new_deficit,
        "bruk_mindreforbruk": surplus,
        "rapportkontroll_under": off,
    }
    return _booked(used, covered, frame, inputs)


def _booked(
    paid: dict[str, Ints], received: dict[str, Ints], frame: Frame, inputs: Inputs
) -> list[Block]:
    return [
        services.posted(post, amount, frame, inputs, account=OPERATING, sign=sign)
        for posts, sign in ((paid, 1), (received, -1))
        for post, amount in posts.items()
    ]


def _pension_area(frame: Frame) -> str:
    return "fellesutgifter" if frame.kind == KOMMUNE else "fylke_styring"


def _general_revenue(frame: Frame, inputs: Inputs, rest: Ints) -> dict[str, Ints]:
    """Split what functions do not earn into taxes, grants and the block grant (the residual)."""

    def share(post: str, name: str, spread: int) -> Ints:
        own = 1000 + bell(post, frame.keys[:, np.newaxis]) * spread // 1000
        return np.asarray(rest * inputs.parametre[name] // 1000 * own // 1000)

    if frame.kind != KOMMUNE:
        posts = {
            "skatt": share("skatt", "skatteandel_fylke", 150),
            "andre_skatter": share("andre_skatter", "andre_skatter", 450),
        }
    else:
        posts = {
            "skatt": share("skatt", "skatteandel", 180),
            "eiendomsskatt": share("eiendomsskatt", "eiendomsskatt", 450),
            "andre_skatter": share("andre_skatter", "andre_skatter", 450),
            "integreringstilskudd": share("integrering", "integrering", 300),
        }
    return posts | {"rammetilskudd": rest - sum(posts.values(), np.zeros_like(rest))}
