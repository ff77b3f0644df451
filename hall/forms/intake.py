"""What is typed at the intake: who applies, and how many of each material came."""

import re
from typing import Any

from django import forms

from hall.actions import Handed, Person
from hall.models import ApplicantKind, DeliveryWay
from supervision import identity, moment

from .fields import text


class ApplicantForm(forms.Form):
    """Who applies. One number field: an ID number for a person, a credit code for a body."""

    kind = forms.ChoiceField(label="申请人类别", choices=ApplicantKind.choices, widget=forms.RadioSelect)
    name = text("申请人姓名或单位名称")
    id_number = text("证件号码", most=40, attrs={"class": "code"}, help_text="个人填身份证号，单位填统一社会信用代码。")
    phone = text("手机", most=30, attrs={"inputmode": "tel"})
    address = text("地址", required=False)
    contact_name = text("经办人姓名", required=False, most=100, help_text="单位申请或由他人代办时填写。")
    contact_id_number = text("经办人身份证号", required=False, most=40, attrs={"class": "code"})
    delivery_way = forms.ChoiceField(
        label="出件方式", choices=DeliveryWay.choices, widget=forms.RadioSelect, initial="counter"
    )
    postal_recipient = text("收件人", required=False, most=100, help_text="选择邮寄的必填，可以不是申请人。")
    postal_phone = text("收件电话", required=False, most=30, attrs={"inputmode": "tel"})
    postal_address = text("收件地址", required=False, help_text="写到门牌号。")

    def clean_name(self) -> str:
        return self._checked(identity.check_name(self.cleaned_data["name"]))

    def clean_contact_name(self) -> str:
        typed = self.cleaned_data["contact_name"]
        return self._checked(identity.check_name(typed)) if typed else ""

    def clean_phone(self) -> str:
        return self._checked(identity.check_mobile(self.cleaned_data["phone"]))

    def clean_postal_recipient(self) -> str:
        typed = self._by_post("postal_recipient")
        return self._checked(identity.check_name(typed)) if typed else ""

    def clean_postal_phone(self) -> str:
        typed = self._by_post("postal_phone")
        return self._checked(identity.check_mobile(typed)) if typed else ""

    def clean_postal_address(self) -> str:
        return self._by_post("postal_address")

    def _by_post(self, name: str) -> str:
        """What was typed for the post; whoever then chose another way gives nobody's address away."""
        typed: str = self.cleaned_data[name]
        return typed if self.cleaned_data.get("delivery_way") == DeliveryWay.COURIER else ""

    def clean_contact_id_number(self) -> str:
        typed = self.cleaned_data["contact_id_number"]
        return self._checked(identity.check_id_number(typed, self._today())) if typed else ""

    def clean(self) -> dict[str, Any]:
        """The number is judged by the kind of applicant, so it waits for both."""
        cleaned = self.cleaned_data
        number, kind = cleaned.get("id_number"), cleaned.get("kind")
        if number and kind:
            person = kind == ApplicantKind.NATURAL_PERSON
            found = identity.check_id_number(number, self._today()) if person else identity.check_credit_code(number)
            cleaned["id_number"] = found.value
            for fault in found.faults:
                self.add_error("id_number", fault.sentence)
        if cleaned.get("contact_id_number") and not cleaned.get("contact_name"):
            self.add_error("contact_name", "填了经办人身份证号，也请填经办人姓名。")
        return cleaned

    def person(self) -> Person:
        """The applicant as the action takes it. Only after `is_valid`."""
        names = (
            *("kind", "name", "id_number", "phone", "address", "contact_name", "contact_id_number"),
            *("postal_recipient", "postal_phone", "postal_address"),
        )
        return Person(**{name: self.cleaned_data[name] for name in names})

    @staticmethod
    def _today() -> Any:
        return moment.local_date(moment.now())

    @staticmethod
    def _checked(found: identity.Checked) -> str:
        if found.faults:
            raise forms.ValidationError([fault.sentence for fault in found.faults])
        return found.value


class MaterialsForm:
    """The counts of the material rows: `originals-3`, `copies-3`, `electronic-3` for the third material of the guide."""

    COLUMNS = ("originals", "copies", "electronic")

    def __init__(self, data: Any, seqs: list[int]) -> None:
        self.values: dict[str, str] = {}
        self.faults: dict[str, str] = {}
        self.handed: list[Handed] = []
        for seq in seqs:
            counts = [self._count(data, f"{column}-{seq}") for column in self.COLUMNS]
            self.handed.append(Handed(seq, counts[0], counts[1], counts[2] > 0))

    def _count(self, data: Any, name: str) -> int:
        typed = str(data.get(name, "")).strip()
        self.values[name] = typed or "0"
        if typed and not re.fullmatch(r"[0-9]{1,3}", typed):
            self.faults[name] = "填 0 到 999 之间的数字，例如 1。"
            return 0
        return int(typed or 0)
