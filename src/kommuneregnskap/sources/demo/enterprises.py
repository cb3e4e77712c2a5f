"""Municipal enterprises: what consolidated accounts have beside the treasury's; their own accounts close."""

from __future__ import annotations

import numpy as np

from kommuneregnskap.sources.demo.balance import by_chapter, rolled
from kommuneregnskap.sources.demo.frame import Frame
from kommuneregnskap.sources.demo.inputs import YEARS, Inputs
from kommuneregnskap.sources.demo.integers import Ints, Mask, bell, uniform
from kommuneregnskap.sources.demo.services import BALANCE, INVESTMENT, OPERATING, Block, posted


def enterprises(
    frame: Frame, inputs: Inputs, revenue: Ints, invested: Ints
) -> dict[str, list[Block]]:
    """Return the blocks that enterprises add, by account; they close by themselves for every unit and year.

    `revenue`, `invested`: the treasury's operating revenue and gross investments, which theirs are shares of. A
    surplus is partly moved to investments and partly kept in their own disposition fund, which covers a deficit;
    what the transfer does not pay of the investments is borrowed.
    """
    has = _has_one(frame, inputs)[:, np.newaxis]
    turnover = _share("omsetning", revenue * has, frame, inputs)
    rate = inputs.parametre["foretak_resultat"] + (
        bell("foretak resultat", frame.keys[:, np.newaxis], np.array(YEARS, dtype=np.int64))
        * inputs.parametre["foretak_resultat_spredning"]
        // 1000
    )
    net = turnover * rate // 1000
    interest, instalments, depreciation = (
        _share(name, turnover, frame, inputs) for name in ("renter", "avdrag", "avskrivninger")
    )
    spent = _share("investering", invested * has, frame, inputs)
    surplus = np.maximum(net, 0) * inputs.parametre["avsatt_til_investering"] // 1000
    moved = np.minimum(surplus, spent)
    kept, used = np.maximum(net, 0) - moved, np.maximum(-net, 0)
    fund = _closing(kept - used, turnover, inputs)
    booked = {
        OPERATING: {
            "foretak_utgift": turnover - net - interest - instalments,
            "foretak_avskrivninger": depreciation,
            "renteutgifter": interest,
            "avdrag": instalments,
            "avsetning_ubundne": kept,
            "overfoering_investering": moved,
            "foretak_inntekt": -turnover,
            "motpost_avskrivninger": -depreciation,
            "bruk_ubundne": -used,
        },
        INVESTMENT: {
            "foretak_investering": spent,
            "overfoering_fra_drift": -moved,
            "bruk_laan": -(spent - moved),
        },
    }
    sheet = _sheet(frame, inputs, turnover, fund, spent - depreciation, spent - moved - instalments)
    return {
        account: [
            posted(post, amount, frame, inputs, account=account, sign=1)
            for post, amount in posts.items()
        ]
        for account, posts in booked.items()
    } | {BALANCE: [by_chapter(post, amount, frame, inputs) for post, amount in sheet.items()]}


def _has_one(frame: Frame, inputs: Inputs) -> Mask:
    drawn = uniform("foretak", frame.keys) < inputs.parametre["foretak_andel"]
    large = frame.population.min(axis=1) >= inputs.parametre["foretak_fra"]
    return np.asarray(drawn & large, dtype=np.bool_)


def _share(name: str, of: Ints, frame: Frame, inputs: Inputs) -> Ints:
    """Return a post as a share of another, lastingly different between enterprises and a little by year."""
    unit, years = frame.keys[:, np.newaxis], np.array(YEARS, dtype=np.int64)
    own = 1000 + bell(f"foretak {name}", unit) * 250 // 1000
    yearly = 1000 + bell(f"foretak aar {name}", unit, years) * 100 // 1000
    return of * inputs.parametre[f"foretak_{name}"] // 1000 * own // 1000 * yearly // 1000


def _closing(change: Ints, turnover: Ints, inputs: Inputs) -> Ints:
    """Return a fund at the end of each year: opened high enough for every use, then rolled forward."""
    moved = np.cumsum(change, axis=1)
    opening = turnover[:, 0] * inputs.parametre["foretak_fond"] // 1000
    return np.asarray(np.maximum(opening, -moved.min(axis=1))[:, np.newaxis] + moved)


def _sheet(
    frame: Frame, inputs: Inputs, turnover: Ints, fund: Ints, built: Ints, borrowed: Ints
) -> dict[str, Ints]:
    """Return the balance by post, with the signs of the file: cash is what the fund leaves.

    `built`, `borrowed`: what property and loans change by.
    """
    property_, loans = (
        rolled(post, flow, frame, inputs, turnover)
        for post, flow in (("eiendommer", built), ("laan", borrowed))
    )
    owed = turnover // 10
    return {
        "bankinnskudd": fund,
        "kundefordringer": owed,
        "eiendommer": property_,
        "leverandoergjeld": -owed,
        "laan": -loans,
        "disposisjonsfond": -fund,
        "kapitalkonto": -(property_ - loans),
    }
