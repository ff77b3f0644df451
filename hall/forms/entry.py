"""Short forms at the doors: signing in, the reason for a look or a download, a citizen's number and code."""

from django import forms

from .fields import text


class SignInForm(forms.Form):
    username = text("账号", most=40, widget=forms.TextInput, attrs={"autocomplete": "username", "autofocus": True})
    password = text(
        "密码",
        most=128,
        widget=forms.PasswordInput,
        attrs={"autocomplete": "current-password"},
        help_text="连续输错 5 次，账号锁定 15 分钟。",
        strip=False,
    )
    code = text(
        "动态码",
        most=6,
        required=False,
        attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "6", "class": "code"},
        help_text="手机令牌上的 6 位数字，每 30 秒更换一次。",
    )


class ReasonForm(forms.Form):
    """Why a protected value is looked at; goes into the log."""

    reason = text("查看原因", most=200, help_text="例如：电话核对领取人身份。")

    def clean_reason(self) -> str:
        reason = self.cleaned_data["reason"].strip()
        if len(reason) < 4:
            raise forms.ValidationError("请写明具体原因，至少 4 个字。")
        return reason


class ExportForm(ReasonForm):
    """Why the log leaves the house; goes into the log."""

    reason = text("下载原因", most=200, help_text="例如：送县纪委监委离线核验。")


class ProgressForm(forms.Form):
    number = text(
        "办件编号", most=30, attrs={"inputmode": "numeric", "class": "code"}, help_text="收件凭证上的 18 位编号。"
    )
    code = text("查询码", most=12, attrs={"class": "code"}, help_text="收件凭证上的 8 位查询码。")


class CheckForm(forms.Form):
    code = text("核验码", most=20, attrs={"class": "code"}, help_text="例如 7F3K-9Q2M-X8WD。")
