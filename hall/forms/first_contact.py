"""What 首问登记 asks: the question and what came of it; the answer; to whom it is handed over, and why; why it is taken over (D45)."""

from typing import Any

from django import forms

from .acts import ActForm, Options, chosen
from .fields import day, paragraph, text


class FirstContactForm(forms.Form):
    """Answered at once, or a day by which there is an answer: the action asks for one of them."""

    question = paragraph("咨询内容", rows=2, most=1000)
    item = text("事项", required=False, help_text="名称、拼音首字母或事项号；说不准可以不填。")
    asker = text("咨询人", required=False, most=100, help_text="姓名和电话可以不留；以后答复要用。")
    phone = text("电话", required=False, most=30, attrs={"inputmode": "tel"})
    answer = paragraph("当场答复", required=False, rows=2, most=2000, help_text="当场答复的填在这里，登记即办结。")
    led_to = chosen("引导到的单位", required=False)
    answer_by = day("答复期限", help_text="没有当场答复的必填：最迟哪一天答复。")

    def show(self, units: Options) -> None:
        """The units to which the way can be shown; what was sent stays."""
        self.fields["led_to"].widget.choices = [("", "不用引导"), *units]

    def given(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value is not None}


class CloseForm(ActForm):
    answer = paragraph("答复", rows=4, most=2000, help_text="怎么答复的、咨询人知道了没有；登记后这一条就办结。")


class HandOnForm(ActForm):
    to = chosen("移交给")
    reason = paragraph("移交理由", rows=2, most=500, help_text="移交以后由对方负责到底，理由写进记录。")


class TakeOverForm(ActForm):
    reason = paragraph("接手理由", rows=2, most=500, help_text="负责的人已不在岗；接手以后由您负责到底，理由写进记录。")
