"""Forms of the hall: what people type, checked and put right where that needs no question; faults say how to mend them."""

import re
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from hall.actions import Handed, Person
from hall.models import ApplicantKind, DeliveryWay, RecipientRelation
from supervision import identity, moment
from supervision.refusals import Refusal

OFF = {"autocomplete": "off"}
# Text goes into pages and papers: signs that can't be seen have no place there; line breaks and tabs do.
VISIBLE = RegexValidator(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "有看不见的控制符号，请删去后重填。", inverse_match=True)


def _text(label: str, *, required: bool = True, most: int = 200, **more: Any) -> forms.CharField:
    attrs = {**OFF, **more.pop("attrs", {})}
    messages = {"required": f"请填写{label}。", "max_length": f"{label}最多 {most} 个字。"}
    return forms.CharField(
        label=label,
        required=required,
        max_length=most,
        validators=[VISIBLE],
        widget=more.pop("widget", forms.TextInput)(attrs=attrs),
        error_messages=messages,
        **more,
    )


class SignInForm(forms.Form):
    username = _text("账号", most=40, widget=forms.TextInput, attrs={"autocomplete": "username", "autofocus": True})
    password = _text(
        "密码",
        most=128,
        widget=forms.PasswordInput,
        attrs={"autocomplete": "current-password"},
        help_text="连续输错 5 次，账号锁定 15 分钟。",
        strip=False,
    )
    code = _text(
        "动态码",
        most=6,
        required=False,
        attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "6", "class": "code"},
        help_text="手机令牌上的 6 位数字，每 30 秒更换一次。",
    )


class ApplicantForm(forms.Form):
    """Who applies. One number field: an ID number for a person, a credit code for a body."""

    kind = forms.ChoiceField(label="申请人类别", choices=ApplicantKind.choices, widget=forms.RadioSelect)
    name = _text("申请人姓名或单位名称")
    id_number = _text(
        "证件号码", most=40, attrs={"class": "code"}, help_text="个人填身份证号，单位填统一社会信用代码。"
    )
    phone = _text("手机", most=30, attrs={"inputmode": "tel"})
    address = _text("地址", required=False)
    contact_name = _text("经办人姓名", required=False, most=100, help_text="单位申请或由他人代办时填写。")
    contact_id_number = _text("经办人身份证号", required=False, most=40, attrs={"class": "code"})
    delivery_way = forms.ChoiceField(
        label="出件方式", choices=DeliveryWay.choices, widget=forms.RadioSelect, initial="counter"
    )

    def clean_name(self) -> str:
        return self._checked(identity.check_name(self.cleaned_data["name"]))

    def clean_contact_name(self) -> str:
        typed = self.cleaned_data["contact_name"]
        return self._checked(identity.check_name(typed)) if typed else ""

    def clean_phone(self) -> str:
        return self._checked(identity.check_mobile(self.cleaned_data["phone"]))

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
        names = ("kind", "name", "id_number", "phone", "address", "contact_name", "contact_id_number")
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


class ActForm(forms.Form):
    """What a verb asks besides the button. `seq` is the case's record number as the page showed it."""

    seq = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def given(self) -> dict[str, Any]:
        """Keyword arguments of the action. Only after `is_valid`."""
        return dict(self.cleaned_data)


class OpinionForm(ActForm):
    opinion = _text(
        "意见",
        most=2000,
        widget=forms.Textarea,
        attrs={"rows": "4"},
        help_text="此意见进入决定书，申请人可见。",
    )


class RemarkForm(ActForm):
    opinion = _text("备注", required=False, most=500, widget=forms.Textarea, attrs={"rows": "2"})


class HandOutForm(ActForm):
    recipient = _text("领取人姓名", most=100, help_text="先核对身份证原件，再填姓名。")
    relation = forms.ChoiceField(
        label="与申请人关系", choices=RecipientRelation.choices, widget=forms.RadioSelect, initial="self"
    )


ACT_FORMS: dict[str, type[ActForm]] = {
    "accept": RemarkForm,
    "review": OpinionForm,
    "grant": OpinionForm,
    "conclude": RemarkForm,
    "hand_out": HandOutForm,
}


class ReasonForm(forms.Form):
    """Why a protected value is looked at; goes into the log."""

    reason = _text("查看原因", most=200, help_text="例如：电话核对领取人身份。")

    def clean_reason(self) -> str:
        reason = self.cleaned_data["reason"].strip()
        if len(reason) < 4:
            raise forms.ValidationError("请写明具体原因，至少 4 个字。")
        return reason


class ExportForm(ReasonForm):
    """Why the log leaves the house; goes into the log."""

    reason = _text("下载原因", most=200, help_text="例如：送县纪委监委离线核验。")


class ProgressForm(forms.Form):
    number = _text(
        "办件编号", most=30, attrs={"inputmode": "numeric", "class": "code"}, help_text="收件凭证上的 18 位编号。"
    )
    code = _text("查询码", most=12, attrs={"class": "code"}, help_text="收件凭证上的 8 位查询码。")


class CheckForm(forms.Form):
    code = _text("核验码", most=20, attrs={"class": "code"}, help_text="例如 7F3K-9Q2M-X8WD。")


def put_faults(form: forms.Form, refusals: tuple[Refusal, ...]) -> None:
    """Refusals of an action stand beside the field they name, else above the form."""
    for refusal in refusals:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)


class YearForm(forms.Form):
    """A year's arrangement as the notice words it; `year` is the next one that is not known."""

    year = forms.IntegerField(widget=forms.HiddenInput, min_value=1900, max_value=9998)
    source = _text("依据", most=120, help_text="通知的文号，例如：国办发明电〔2025〕7号。")
    text = _text(
        "放假安排",
        most=4000,
        widget=forms.Textarea,
        attrs={"rows": "8"},
        help_text="从通知里粘贴，一个节日一行，例如：清明节：4月4日至6日放假，共3天。",
    )
    reason = _text("说明", most=200, help_text="为什么改，记入监察记录。")


class DayForm(forms.Form):
    """One day that is otherwise than the calendar says."""

    day = forms.DateField(
        label="日期",
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date", **OFF}, format="%Y-%m-%d"),
        error_messages={"required": "请填日期。", "invalid": "这不是日期，请写成 2026-02-10 的样子。"},
    )
    works = forms.ChoiceField(
        label="这一天",
        choices=[("yes", "上班"), ("no", "休息")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选上班或休息。", "invalid_choice": "请选上班或休息。"},
    )
    name = _text("节日", most=20, required=False, help_text="为哪个节日放假或调休；恢复平日上班的不用填。")
    source = _text("依据", most=120, help_text="调整通知的文号。")
    reason = _text("说明", most=200, help_text="为什么改，记入监察记录。")


class HoursForm(forms.Form):
    """Hours beside office hours, each week or on one day."""

    weekday = forms.TypedChoiceField(
        label="星期",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "某一天"), *((str(n + 1), f"每周{name}") for n, name in enumerate("一二三四五六日"))],
        error_messages={"invalid_choice": "请从列出的星期里选。"},
    )
    day = forms.DateField(
        label="日期",
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date", **OFF}, format="%Y-%m-%d"),
        error_messages={"invalid": "这不是日期，请写成 2026-02-10 的样子。"},
    )
    opens = forms.TimeField(
        label="起",
        widget=forms.TimeInput(attrs={"type": "time", **OFF}, format="%H:%M"),
        error_messages={"required": "请填开始时间。", "invalid": "请写成 12:00 的样子。"},
    )
    closes = forms.TimeField(
        label="止",
        widget=forms.TimeInput(attrs={"type": "time", **OFF}, format="%H:%M"),
        error_messages={"required": "请填结束时间。", "invalid": "请写成 14:30 的样子。"},
    )
    note = _text("说明", most=60, help_text="例如：午间延时服务。")

    def given(self) -> dict[str, Any]:
        return dict(self.cleaned_data)
