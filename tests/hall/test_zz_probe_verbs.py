import pytest
from tests import builders
from hall.states import CaseState
from hall.models import WindowKind

@pytest.mark.django_db
def test_probe():
    for s in CaseState:
        c = builders.make_case(s)
        print(s, c.number, c.record_seq)
    for k in WindowKind:
        try:
            st = builders.make_clerk(k); print(k, st.name, st.post_title, st.post_kind, st.window_name, st.unit)
        except AssertionError as e: print(k, e)
