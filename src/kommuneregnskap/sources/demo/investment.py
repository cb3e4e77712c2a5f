"""The investment account: expenditure by function and art, and how it is paid for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kommuneregnskap.sources.demo.frame import Frame
from kommuneregnskap.sources.demo.inputs import KOMMUNE, YEARS, Inputs
from kommuneregnskap.sources.demo.integers import Ints, bell
from kommuneregnskap.sources.demo.levels import Levels
from kommuneregnskap.sources.demo.services import (
    INVESTMENT,
    Block,
    functions,
    posted,
    split_over_arts,
)


@dataclass(frozen=True)
class Investment:
    """Rows of the investment account and the amounts the balance needs, by unit and year."""

    blocks: list[Block]
    spent: Ints  # gross investment
    shares_bought: Ints
    sold: Ints
    borrowed: Ints
    lent: Ints  # on-lending, paid with loans
    lent_back: Ints  # instalments received on it, paid on
    free: Ints  # unbound investment fund, closing
    bound: Ints  # bound investment fund, closing


def investment(
    levels: Levels, frame: Frame, inputs: Inputs, revenue: Ints, from_operating: Ints
) -> Investment:
    """Return the investment account; it nets to zero for every unit and year.

    `from_operating`: the transfer from the operating account. What grants, sales, compensated VAT,
    the transfer and the funds do not cover is borrowed; a surplus goes to the unbound fund.
    """
    spending = [
        split_over_arts(
            str(row["funksjon"]), f"investering_{row['investeringsprofil']}", amount, frame, inputs
        )
        for row, amount in functions(levels, frame, inputs, account=INVESTMENT)
    ]
    vat_art = inputs.art(INVESTMENT, "inv_mva_utgift")
    spent = sum((block.values.sum(axis=-1) for block in spending), np.zeros_like(revenue))
    vat = np.zeros_like(revenue)
    for block in spending:
        for (_, art), values in zip(block.columns, np.moveaxis(block.values, -1, 0), strict=True):
            if art == vat_art:
                vat += values
    paid = _financing(
        frame, inputs, revenue=revenue, from_operating=from_operating, spent=spent, vat=vat
    )
    signs = {"kjoep_aksjer": 1, "videreutlaan": 1, "avdrag_videreutlaan": 1} | {
        "inv_avsetning_ubundne": 1,
        "inv_avsetning_bundne": 1,
    }
    booked = [
        posted(post, amount, frame, inputs, account=INVESTMENT, sign=signs.get(post, -1))
        for post, amount in paid.items()
        if amount.any()
    ]
    return Investment(
        blocks=spending + booked,
        spent=spent,
        shares_bought=paid["kjoep_aksjer"],
        sold=paid["salg_eiendom"],
        borrowed=paid["bruk_laan"],
        lent=paid["videreutlaan"],
        lent_back=paid["mottatte_avdrag_videreutlaan"],
        free=_fund(paid["inv_avsetning_ubundne"], paid["inv_bruk_ubundne"], revenue),
        bound=_fund(paid["inv_avsetning_bundne"], paid["inv_bruk_bundne"], revenue),
    )


def _financing(
    frame: Frame,
    inputs: Inputs,
    *,
    revenue: Ints,
    from_operating: Ints,
    spent: Ints,
    vat: Ints,
) -> dict[str, Ints]:
    """Return the amount of each post, all positive."""
    years = np.array(YEARS, dtype=np.int64)
    unit = frame.keys[:, np.newaxis]

    def share(name: str, of: Ints) -> Ints:
        moves = 1000 + bell(name, unit, years) * 400 // 1000
        return np.asarray(of * inputs.parametre[name] // 1000 * moves // 1000)

    grants, sold, bought = (
        share("inv_tilskudd", spent),
        share("inv_salg", spent),
        share("inv_aksjer", revenue),
    )
    missing = spent + bought - vat - grants - sold - from_operating
    from_fund = share("inv_fond", np.maximum(missing, 0))
    # A little of the grants is earmarked and waits in the bound fund for the next year.
    waiting = grants * inputs.parametre["ventende_tilskudd"] // 1000
    used = np.concatenate([np.zeros_like(waiting[:, :1]), waiting[:, :-1]], axis=1)
    rest = missing - from_fund + waiting - used
    lent = share("videreutlaan", revenue) if frame.kind == KOMMUNE else np.zeros_like(revenue)
    lent_back = lent * inputs.parametre["avdrag_videreutlaan"] // 1000
    return {
        "inv_mva_kompensasjon": vat,
        "tilskudd_inv": grants,
        "salg_eiendom": sold,
        "kjoep_aksjer": bought,
        "overfoering_fra_drift": from_operating,
        "inv_bruk_ubundne": from_fund,
        "inv_avsetning_ubundne": np.maximum(-rest, 0),
        "inv_avsetning_bundne": waiting,
        "inv_bruk_bundne": used,
        "bruk_laan": np.maximum(rest, 0),
        "videreutlaan": lent,
        "bruk_laan_videreutlaan": lent,
        "mottatte_avdrag_videreutlaan": lent_back,
        "avdrag_videreutlaan": lent_back,
    }


def _fund(added: Ints, used: Ints, revenue: Ints) -> Ints:
    """Return closing amounts: opened high enough to be used in every year, then rolled forward."""
    moved = np.cumsum(added - used, axis=1)
    opening = np.maximum(-(moved - added).min(axis=1), 0) + revenue[:, 0] // 200
    return np.asarray(opening[:, np.newaxis] + moved, dtype=np.int64)
