import pytest

from tests.hall.api.caller import Caller, make_caller


@pytest.fixture
def portal(db: None) -> Caller:
    """The portal of the city, with every scope."""
    return make_caller()
