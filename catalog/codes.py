"""Task codes: 实施编码 of 31 characters, 业务办理项编码 of 33 (L46, L47). Pure; python-stdnum knows GB 32100."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.db.models import TextChoices
from stdnum.cn import uscc


class ItemKind(TextChoices):
    """The eleven kinds of service item (D8). Which digits stand for a kind depends on the scheme, see `SCHEMES`."""

    LICENCE = "licence", "行政许可"
    PENALTY = "penalty", "行政处罚"
    COERCION = "coercion", "行政强制"
    LEVY = "levy", "行政征收"
    BENEFIT = "benefit", "行政给付"
    INSPECTION = "inspection", "行政检查"
    CONFIRMATION = "confirmation", "行政确认"
    REWARD = "reward", "行政奖励"
    ADJUDICATION = "adjudication", "行政裁决"
    OTHER_POWER = "other_power", "其他行政权力"
    PUBLIC_SERVICE = "public_service", "公共服务"


class CodeScheme(TextChoices):
    """Whose type digits a code carries: `20` is 公共服务 nationally and 其他行政权力 in Guangdong."""

    NATIONAL = "national", "国家（GB/T 39554）"
    GUANGDONG = "guangdong", "广东省"
    LEGACY = "legacy", "旧平台"
    OTHER = "other", "外省"


def _scheme(**digits_of_kind: str) -> Mapping[str, ItemKind]:
    return MappingProxyType({digits: ItemKind[kind.upper()] for kind, digits in digits_of_kind.items()})


SCHEMES: Mapping[CodeScheme, Mapping[str, ItemKind]] = MappingProxyType(
    {
        CodeScheme.NATIONAL: _scheme(
            licence="01", penalty="02", coercion="03", levy="04", benefit="05", inspection="06",
            confirmation="07", reward="08", adjudication="09", other_power="10", public_service="20",
        ),
        CodeScheme.GUANGDONG: _scheme(
            licence="01", penalty="02", benefit="05",
            confirmation="07", reward="08", adjudication="09", other_power="20", public_service="21",
        ),
        CodeScheme.LEGACY: _scheme(
            licence="01", penalty="02", coercion="03", levy="04", benefit="05", inspection="09",
            confirmation="07", reward="06", adjudication="08", other_power="10", public_service="11",
        ),
        CodeScheme.OTHER: _scheme(
            licence="01", penalty="03", coercion="04", levy="05", benefit="06",
            confirmation="08", reward="09", adjudication="07", other_power="10", public_service="14",
        ),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CodeParts:
    """The code taken apart; digits stay text. `handling_item` is None in a 31-character code."""

    credit_code: str
    level: str
    origin: str
    type: str
    main: str
    sub: str
    handling_item: str | None

    @property
    def catalog_code(self) -> str:
        """基本编码, 12 digits."""
        return self.origin + self.type + self.main + self.sub

    @property
    def region(self) -> str:
        return self.credit_code[2:8]


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """`reason` names the first error, None for a valid code.

    Parts are known once the pattern fits, the kind once the scheme has it.
    """

    code: str
    reason: str | None = None
    warnings: tuple[str, ...] = ()
    parts: CodeParts | None = None
    kind: ItemKind | None = None

    @property
    def valid(self) -> bool:
        return self.reason is None


def check_task_code(
    code: str,
    scheme: CodeScheme | Mapping[str, ItemKind],
    *,
    levels: Collection[int] = (),
    kind: ItemKind | str | None = None,
    region: str = "440823",
    province: str = "44",
) -> CodeCheck:
    """Errors in the order length, pattern, check digit, type, serial; warnings only for a code without error.

    `scheme` is one of the known ones or a table digits -> kind. `levels` (行使层级, several possible) and `kind` are
    those of the guide.
    """
    if len(code) not in (31, 33):
        return CodeCheck(code, "length")
    parts = _take_apart(code)
    if parts is None:
        return CodeCheck(code, "pattern")
    table = SCHEMES[CodeScheme(scheme)] if isinstance(scheme, str) else scheme
    found = table.get(parts.type)
    if uscc.calc_check_digit(parts.credit_code) != parts.credit_code[17]:
        return CodeCheck(code, "credit_code_check_digit", parts=parts, kind=found)
    if found is None:
        return CodeCheck(code, "item_type_not_in_scheme", parts=parts)
    if parts.handling_item == "00":
        return CodeCheck(code, "handling_item_serial", parts=parts, kind=found)
    warnings = {
        "level_unusual": int(parts.level) > 5,
        "level_differs": bool(levels) and int(parts.level) not in levels,
        "type_differs": bool(kind) and found != kind,
        "region_not_hall": parts.region != region,
        "origin_foreign_province": parts.origin not in ("00", province),
    }
    return CodeCheck(code, warnings=tuple(name for name, holds in warnings.items() if holds), parts=parts, kind=found)


_PATTERN = re.compile(
    r"(?P<credit_code>[0-9A-HJ-NP-RT-UW-Y]{18})(?P<level>[1-9])"
    r"(?P<origin>[0-9]{2})(?P<type>[0-9]{2})(?P<main>[0-9]{5})(?P<sub>[0-9]{3})(?P<handling_item>[0-9]{2})?"
)


def _take_apart(code: str) -> CodeParts | None:
    fits = _PATTERN.fullmatch(code)
    return CodeParts(**fits.groupdict()) if fits else None


def explain(name: str, code: str) -> str:
    """The sentence of an error or warning name, for the row of an import and for the terminal."""
    if name != "length":
        return _SENTENCES[name]
    hints = {28: "可能漏了子项三位“000”。", 30: "可能信用代码少了 1 位。", 32: "可能信用代码少了 1 位。"}
    return f"编码 {len(code)} 位，应为 31 或 33 位。" + hints.get(len(code), "")


_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "pattern": "编码里有不该出现的字符，或数字的位置不对。",
        "credit_code_check_digit": "前 18 位信用代码的校验位对不上，请再核对一遍。",
        "item_type_not_in_scheme": "所选编码体系里没有这个事项类型代码，请核对编码体系。",
        "handling_item_serial": "办理项序号从 01 起，不能是 00。",
        "level_unusual": "行使层级不在 1 至 5 之内，请确认。",
        "level_differs": "编码里的行使层级与指南不一致。",
        "type_differs": "编码里的事项类型与指南不一致。",
        "region_not_hall": "信用代码里的区划不是本县。",
        "origin_foreign_province": "基本编码既不是国家的，也不是本省的。",
    }
)
