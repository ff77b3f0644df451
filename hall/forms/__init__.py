"""Forms of the hall: what people type, checked and put right where that needs no question; faults say how to mend them."""

from .acts import ACT_FORMS, ActForm, HandedForm
from .calendar import DayForm, HoursForm, YearForm
from .entry import CheckForm, ExportForm, ProgressForm, ReasonForm, SignInForm
from .fields import put_faults
from .first_contact import CloseForm, FirstContactForm, HandOnForm, TakeOverForm
from .intake import ApplicantForm, MaterialsForm

__all__ = [
    "ACT_FORMS",
    "ActForm",
    "ApplicantForm",
    "CheckForm",
    "CloseForm",
    "DayForm",
    "ExportForm",
    "FirstContactForm",
    "HandOnForm",
    "HandedForm",
    "HoursForm",
    "MaterialsForm",
    "ProgressForm",
    "ReasonForm",
    "SignInForm",
    "TakeOverForm",
    "YearForm",
    "put_faults",
]
