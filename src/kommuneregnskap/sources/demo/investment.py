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

PAID_OUT = {
    *("kjoep_aksjer", "videreutlaan", "avdrag_videreutlaan", "egne_utlaan", "ekstra_avdrag"),
    *("inv_avsetning_ubundne", "inv_avsetning_bundne"),
}


@dataclass(frozen=True)
class Investment:
    """Rows of the investment account and the amounts the balance needs, by unit and year."""

    blocks: list[Block]
    spent: Ints  # gross investment
    shared: Ints  # of it, what those who share a cost with the unit have paid
    shares_bought: Ints
    sold: Ints
    borrowed: Ints
    lent: Ints  # on-lending, paid with loans
    lent_back: Ints  # instalments received on it, paid on
    own_loans: Ints  # lent of the unit's own money, less what came back
    repaid: Ints  # instalments on loans beside those of the operating account
    free: Ints  # unbound investment fund, closing
    bound: Ints  # bound investment fund, closing


def investment(
    levels: Levels, frame: Frame, inputs: Inputs, revenue: Ints, from_operating: Ints
) -> Investment:
    """Return the investment account; it nets to zero for every unit and year.

    `from_operating`: the transfer from the operating account. What grants, sales, compensated VAT,
    the transfer and the funds do not cover is borrowed; a surplus goes to the unbound fund.
    """
    spending, refunds = [], []
    shared = np.zeros_like(revenue)
    for row, amount in functions(levels, frame, inputs, account=INVESTMENT):
        code = str(row["funksjon"])
        profile = f"investering_{row['investeringsprofil']}"
        spending.append(split_over_arts(code, profile, amount, frame, inputs))
        if (
            row["inntektsprofil"] and row["inntekt"] is None
        ):  # shared with others, who pay all of it
            paid_back = split_over_arts(
                code, f"inntekt_{row['inntektsprofil']}", amount, frame, inputs
            )
            refunds.append(Block(paid_back.columns, -paid_back.values))
            shared += amount
    vat_art = inputs.art(INVESTMENT, "inv_mva_utgift")
    spent = sum((block.values.sum(axis=-1) for block in spending), np.zeros_like(revenue))
    vat = np.zeros_like(revenue)
    for block in spending:
        for (_, art), values in zip(block.columns, np.moveaxis(block.values, -1, 0), strict=True):
            if art == vat_art:
                vat += values
    paid = _financing(
        frame,
        inputs,
        revenue=revenue,
        from_operating=from_operating,
        spent=spent,
        covered=vat + shared,
    ) | {"inv_mva_kompensasjon": vat}
    booked = [
        posted(post, amount, frame, inputs, account=INVESTMENT, sign=1 if post in PAID_OUT else -1)
        for post, amount in paid.items()
        if amount.any()
    ]
    return Investment(
        blocks=spending + refunds + booked,
        spent=spent,
        shared=shared,
        shares_bought=paid["kjoep_aksjer"],
        sold=paid["salg_eiendom"],
        borrowed=paid["bruk_laan"],
        lent=paid["videreutlaan"],
        lent_back=paid["mottatte_avdrag_videreutlaan"],
        own_loans=paid["egne_utlaan"] - paid["mottatte_avdrag_utlaan"],
        repaid=paid["ekstra_avdrag"],
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
    covered: Ints,
) -> dict[str, Ints]:
    """Return the amount of each post, all positive; `covered`: what VAT and those who share a cost pay."""
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
    repaid = sold * inputs.parametre["ekstra_avdrag"] // 1000
    own_loans = share("egne_utlaan", revenue)
    own_back = own_loans * inputs.parametre["avdrag_utlaan"] // 1000
    needed = spent + bought + repaid + own_loans
    missing = needed - own_back - covered - grants - sold - from_operating
    from_fund = share("inv_fond", np.maximum(missing, 0))
    # A little of the grants is earmarked and waits in the bound fund for the next year.
    waiting = grants * inputs.parametre["ventende_tilskudd"] // 1000
    used = np.concatenate([np.zeros_like(waiting[:, :1]), waiting[:, :-1]], axis=1)
    rest = missing - from_fund + waiting - used
    lent = share("videreutlaan", revenue) if frame.kind == KOMMUNE else np.zeros_like(revenue)
    lent_back = lent * inputs.parametre["avdrag_videreutlaan"] // 1000
    return {
        "tilskudd_inv": grants,
        "salg_eiendom": sold,
        "kjoep_aksjer": bought,
        "ekstra_avdrag": repaid,
        "egne_utlaan": own_loans,
        "mottatte_avdrag_utlaan": own_back,
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
