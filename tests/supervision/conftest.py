"""What tests of the supervision room share."""

from collections.abc import Iterator
from typing import Any

import pytest

from supervision import subscriptions
from supervision.subscriptions import registry

from ..sealing_office import Office
from .trial import NAME, Subscribe, Trial


@pytest.fixture
def subscribe(office: Office) -> Iterator[Subscribe]:
    """`subscribe(ordered=True)`: a consumer that begins behind what the county itself has recorded."""

    def begin(**words: Any) -> Trial:
        trial = Trial()
        subscriptions.register(NAME, trial.handle, **{"kinds": ["trial"], **words})
        office.seal()
        trial.deliver()
        return trial

    yield begin
    registry._consumers.pop(NAME, None)
