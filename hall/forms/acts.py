"""What the verbs of a case ask besides their button. Faults of the law are found by the actions; here only what can't be read at all.

A form takes what was sent without looking anything up, so that a verb costs no statement more; `show` brings what its page needs.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from hall.actions import DeclineGround, Flaw, Handed
from hall.models import CaseMaterial, RecipientRelation, RevocationGround
from supervision.refusals import Refusal

from .fields import choice, day, days, in_words, paragraph, put_faults, text
from .intake import MaterialsForm

Options = Sequence[tuple[str, str]]


def chosen(label: str, **more: Any) -> forms.CharField:
    """One of a list that the page shows and the action knows."""
    fault = f"请选择{label}。"
    return forms.CharField(
        label=label,
        max_length=60,
        widget=forms.Select,
        error_messages={"required": fault, "max_length": fault},
        **more,
    )


def numbers_of(data: Mapping[str, Any], *names: str) -> list[int]:
    """The numbers n of the rows `<name>-<n>` that were sent, in order."""
    pattern = re.compile(rf"(?:{'|'.join(names)})-([0-9]{{1,3}})")
    found = {int(match[1]) for name in data if (match := pattern.fullmatch(name))}
    return sorted(found)


class ActForm(forms.Form):
    """A verb that asks for nothing. `seq` is the case's record number as the page showed it."""

    seq = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def given(self) -> dict[str, Any]:
        """Keyword arguments of the action. Only after `is_valid`."""
        return {name: value for name, value in self.cleaned_data.items() if value is not None}

    def show(self) -> None:
        """Before the page is drawn: what it needs beyond what was typed. Forms with lists take them here."""

    def refuse(self, refusals: tuple[Refusal, ...]) -> None:
        """What the action would not take, beside the field at fault."""
        put_faults(self, refusals)

    def row_faults(self) -> list[dict[str, str]]:
        """Faults of rows that are no fields of this form, as the filter `faults` gives them."""
        return []

    def visible_plain(self) -> list[Any]:
        """The fields beside the rows."""
        return [field for field in self.visible_fields() if not re.search(r"-[0-9]+$", field.name)]

    def offer(self, name: str, options: Options, *, gone: str = "") -> None:
        """What can be chosen in this field; what was sent stays, also where it is no choice any more: `gone` names it then."""
        sent = str(self.data.get(name, "")) if self.is_bound else ""
        kept = [] if not sent or sent in dict(options) else [(sent, gone or sent)]
        self.fields[name].widget.choices = [("", "请选择"), *options, *kept]


class OpinionForm(ActForm):
    opinion = paragraph("意见", rows=4, most=2000, help_text="此意见进入决定书，申请人可见。")


class RemarkForm(ActForm):
    opinion = paragraph("备注", required=False, most=500, rows=2)


class CountersignForm(ActForm):
    opinion = paragraph("核查意见", most=2000, help_text="第二名核查人员的意见，与审核意见一起留档。")


class RefuseForm(ActForm):
    opinion = paragraph("不予许可的理由", rows=5, most=2000, help_text="写明事实和法律依据；进入决定书，申请人可见。")


class ForwardForm(ActForm):
    opinion = paragraph("初审意见", rows=4, most=2000, help_text="随材料一起报上级机关。")


class AnswerForm(ActForm):
    opinion = paragraph("会办意见", rows=4, most=2000, help_text="承办单位据此审核，意见会留在办件里。")


class ReasonForm(ActForm):
    reason = paragraph("理由", most=500, help_text="写进记录；涉及申请人的会写进文书。")


class WithdrawForm(ActForm):
    reason = paragraph("撤回理由", most=500, help_text="申请人怎么说就怎么写，会写进告知书。")


class DeclineForm(ActForm):
    ground = choice("不予受理的情形", DeclineGround.choices)
    reason = paragraph("不予受理的理由", most=1000)
    basis = text("依据", help_text="这个事项由谁管、为什么不能受理的条款，写进通知书。")
    authority = text("有权机关", required=False, help_text="不属于本机关职权范围的必填：告诉申请人向哪里申请。")


class NotRequiredForm(ActForm):
    reason = paragraph("理由", most=1000, help_text="为什么不需要取得许可。")
    basis = text("依据", help_text="哪一条规定不需要取得许可，写进告知书。")


class GapsForm(ActForm):
    promised = forms.BooleanField(label="申请人已签书面承诺", required=False)
    days = days("补交期限", unit="工作日", example=5, required=False, help_text="不填按大厅规定；不晚于承诺办结日。")


class DeclarationForm(ActForm):
    content = paragraph("承诺内容", rows=4, most=2000, help_text="申请人书面承诺的原文，会写进告知承诺书。")


class PauseForm(ActForm):
    ground = chosen("停表事由")
    days = days("所需时间", unit="工作日", example=20)
    basis = text("依据", help_text="法律、法规或办事指南的条款。")
    approver = chosen("批准岗位", help_text="持有此事项审批权的岗位或主要领导；岗位和姓名写进告知书。")
    first_on = day("停表始日", help_text="不填就是今天。")

    def show(self, *, grounds: Options = (), approvers: Options = (), nobody: str = "") -> None:
        """`nobody` says what to do where no post may approve."""
        self.offer("ground", grounds)
        self.offer("approver", approvers, gone="刚才选的岗位（现在不能选）")
        self.fields["approver"].help_text = nobody or self.fields["approver"].help_text


class ResumeForm(ActForm):
    result = paragraph("结果", most=1000, help_text="例如：检测合格，报告编号……")
    arrived_on = day("结果到达日", help_text="不填就是今天；次日起继续计时。")


class ExtendForm(ActForm):
    days = days("延长", unit="工作日", example=10)
    reason = paragraph("延长理由", most=500, help_text="写进延期通知书，告知申请人。")


class AskOpinionForm(ActForm):
    unit = chosen("会办单位")
    question = paragraph("征求内容", most=1000)
    days = days("回复期限", unit="工作日", example=3, required=False, help_text="不填按大厅规定。")

    def show(self, *, units: Options = ()) -> None:
        self.offer("unit", units)


class HandOverForm(ActForm):
    to = chosen("移交给")
    reason = paragraph("移交理由", rows=2, most=500)

    def show(self, *, holders: Options = ()) -> None:
        self.offer("to", holders)


class VoidForm(ActForm):
    reason = paragraph("作废理由", most=500, help_text="写进告知书；办件和记录都会保留。")
    registered_in_error = forms.BooleanField(label="误登：这一件本来就不该有", required=False)


_AT_THE_COUNTER = [option for option in RecipientRelation.choices if option[0] != RecipientRelation.NAMED]


class HandOutForm(ActForm):
    recipient = text("领取人姓名", most=100, help_text="先核对身份证原件，再填姓名。")
    relation = choice("与申请人关系", _AT_THE_COUNTER, initial="self")


class ConfirmCourierForm(HandOutForm):
    recipient = text("签收人姓名", most=100, help_text="按寄递回执上的签名填写。")
    relation = choice("与申请人关系", RecipientRelation.choices, initial="self")
    signed_on = day("签收日期", help_text="按寄递回执填写，当日为送达日；不填就是今天。")


class CourierForm(ActForm):
    courier = text("寄递企业", most=40, initial="邮政速递")
    tracking_number = text("运单号", most=40, attrs={"class": "code"})


class PostCheckForm(ActForm):
    opinion = paragraph("核查情况", most=1000, help_text="什么时候、怎么核查的，看到了什么。不实的请另办责令限期改正。")


class OrderRectificationForm(ActForm):
    findings = paragraph("核查发现的问题", most=1000, help_text="什么时候、怎么核查的，哪一条承诺不属实；写进通知书。")
    wanted = paragraph("改正要求", most=1000, help_text="要改成什么样、怎样算改正；写进通知书。")
    days = days("改正期限", unit="工作日", example=10)


class ConfirmRectificationForm(ActForm):
    opinion = paragraph("复查情况", most=1000, help_text="什么时候复查的，改成了什么样。")


class RevokeForm(ActForm):
    ground = choice("撤销的情形", RevocationGround.choices, help_text="行政许可依照第六十九条第一款第四项、第二款。")
    reason = paragraph("撤销的理由", rows=5, most=2000, help_text="写明事实和依据；进入决定书，申请人可见。")


# Forms with rows -----------------------------------------------------------------------------------------------------------
class CorrectionsForm(ActForm):
    """All defects at once: a row a material of the guide; ticked is what has a flaw (行政许可法 32 item (4))."""

    days = days("补正期限", unit="日", example=30, required=False, help_text="自然日；不填按办事指南。")
    reason = paragraph(
        "再次告知的理由", required=False, rows=2, most=500, help_text="第二次告知要写明原因，会留下记录。"
    )

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.rows: list[dict[str, Any]] = []
        self._add(numbers_of(data or {}, "flaw", "problem", "wanted"))

    def _add(self, seqs: Sequence[int]) -> None:
        for seq in seqs:
            if f"flaw-{seq}" not in self.fields:
                self.fields[f"flaw-{seq}"] = forms.BooleanField(label="有缺陷", required=False)
                self.fields[f"problem-{seq}"] = text("问题", required=False, most=500)
                self.fields[f"wanted-{seq}"] = text("补正要求", required=False, most=500)

    def show(self, *, materials: Sequence[CaseMaterial] = (), second: bool = False) -> None:
        self._add([row.requirement.seq for row in materials])
        for row in materials:
            seq = row.requirement.seq
            if row.is_missing:
                self.initial[f"flaw-{seq}"], self.initial[f"problem-{seq}"] = True, "没有提交"
                self.initial[f"wanted-{seq}"] = _wanted(row)
            fields = {name: self[f"{name}-{seq}"] for name in ("flaw", "problem", "wanted")}
            self.rows.append({"name": row.requirement.name, "missing": row.is_missing, **fields})
        if not second:
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        for seq in self._seqs():
            flaw, problem = self.cleaned_data.get(f"flaw-{seq}"), self.cleaned_data.get(f"problem-{seq}", "")
            if flaw and not problem and f"problem-{seq}" not in self.errors:
                self.add_error(f"problem-{seq}", "请写明问题，例如：没有加盖公章。")
            if problem and not flaw:
                self.add_error(f"flaw-{seq}", "写了问题，还没有勾选；没有问题就请清空。")
        return self.cleaned_data

    def given(self) -> dict[str, Any]:
        typed = self.cleaned_data
        flaws = [
            Flaw(seq, typed[f"problem-{seq}"], typed[f"wanted-{seq}"]) for seq in self._seqs() if typed[f"flaw-{seq}"]
        ]
        return {"seq": typed["seq"], "flaws": flaws, "days": typed["days"], "reason": typed["reason"]}

    def _seqs(self) -> list[int]:
        return numbers_of(self.fields, "flaw")


class HandedForm(ActForm):
    """What is brought later, counted like at the intake: only the materials that are awaited."""

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.counts = MaterialsForm(data or {}, numbers_of(data or {}, *MaterialsForm.COLUMNS))
        self.missing: list[dict[str, str]] = []
        self.awaited: Sequence[CaseMaterial] = ()

    def show(self, *, materials: Sequence[CaseMaterial] = ()) -> None:
        self.awaited = materials

    @property
    def handed(self) -> list[Handed]:
        return self.counts.handed

    def is_valid(self) -> bool:
        return super().is_valid() and not self.counts.faults

    def given(self) -> dict[str, Any]:
        return {"seq": self.cleaned_data["seq"], "handed": self.handed}

    def refuse(self, refusals: tuple[Refusal, ...]) -> None:
        for refusal in refusals:
            seq = refusal.field.removeprefix("material-")
            if seq.isdecimal():
                told = {"href": f"#id_originals-{seq}", "label": "材料", "sentence": in_words(refusal)}
                self.missing.append(told)
            else:
                put_faults(self, (refusal,))

    def row_faults(self) -> list[dict[str, str]]:
        counted = self.counts.faults.items()
        return [
            {"href": f"#id_{name}", "label": "份数", "sentence": sentence} for name, sentence in counted
        ] + self.missing


class ChargeForm(ActForm):
    """Charges of the published list alone: an amount beside each that is asked (行政许可法 58)."""

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.fee_rows: list[dict[str, Any]] = []
        self._add(numbers_of(data or {}, "amount"))

    def _add(self, places: Iterable[int]) -> None:
        for place in places:
            if f"amount-{place}" not in self.fields:
                self.fields[f"amount-{place}"] = forms.RegexField(
                    re.compile(r"\A[0-9]{1,8}(\.[0-9]{1,2})?\Z"),
                    label="金额（元）",
                    required=False,
                    widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "count"}),
                    error_messages={"invalid": "填金额，单位元，例如 120 或 120.50。"},
                )

    def show(self, *, fees: Sequence[Any] = ()) -> None:
        self._add(range(len(fees)))
        self.fee_rows = [{"fee": fee, "amount": self[f"amount-{place}"]} for place, fee in enumerate(fees)]

    def given(self) -> dict[str, Any]:
        typed = self.cleaned_data
        filled = [place for place in numbers_of(self.fields, "amount") if typed[f"amount-{place}"]]
        return {"seq": typed["seq"], "amounts": [(place, Decimal(typed[f"amount-{place}"])) for place in filled]}


def _wanted(row: CaseMaterial) -> str:
    """提交原件 1 份、复印件 2 份."""
    asked = row.requirement
    parts = [
        f"原件 {asked.originals} 份" if asked.originals else "",
        f"复印件 {asked.copies} 份" if asked.copies else "",
    ]
    return "提交" + ("、".join(part for part in parts if part) or "电子件")


ACT_FORMS: dict[str, type[ActForm]] = {
    "accept": RemarkForm,
    "accept_with_gaps": GapsForm,
    "accept_on_declaration": DeclarationForm,
    "request_corrections": CorrectionsForm,
    "take_corrections": HandedForm,
    "supply_gaps": HandedForm,
    "decline": DeclineForm,
    "not_required": NotRequiredForm,
    "send_back": ReasonForm,
    "settle_at_once": OpinionForm,
    "review": OpinionForm,
    "countersign": CountersignForm,
    "return_for_review": ReasonForm,
    "grant": OpinionForm,
    "refuse": RefuseForm,
    "forward_up": ForwardForm,
    "pause": PauseForm,
    "resume": ResumeForm,
    "extend": ExtendForm,
    "ask_opinion": AskOpinionForm,
    "give_opinion": AnswerForm,
    "charge": ChargeForm,
    "hand_over": HandOverForm,
    "take_back": ReasonForm,
    "conclude": RemarkForm,
    "send_by_courier": CourierForm,
    "confirm_courier": ConfirmCourierForm,
    "hand_out": HandOutForm,
    "post_check": PostCheckForm,
    "order_rectification": OrderRectificationForm,
    "confirm_rectification": ConfirmRectificationForm,
    "revoke": RevokeForm,
    "withdraw": WithdrawForm,
    "void": VoidForm,
}
