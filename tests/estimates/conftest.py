"""The invented accounts of everybody in 2024, and each one's chance to answer."""

from __future__ import annotations

import pytest

from kommuneregnskap.estimates import simulation
from kommuneregnskap.estimates.population import Population
from kommuneregnskap.survey.survey import Survey


# For all of their tests once: those run in one process (the group `everyone`).
@pytest.fixture(scope="session")
def everyone() -> Population:
    return simulation.truth(2024)


@pytest.fixture(scope="session")
def chance(everyone: Population, survey_2024: Survey) -> simulation.Chances:
    return simulation.chances(everyone, simulation.rates(survey_2024))
