"""The words of the API: what comes in, checked strictly, and what goes out, masked. Field names are ours; no verbs here."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from catalog.codes import SCHEMES, CodeScheme
from catalog.models import CaseKind, ClosingForm, ItemKind, MaterialSource, Necessity, ServiceItem
from hall.actions import Application, Handed, Person
from hall.models import ApplicantKind, Case, DeliveryWay
from hall.progress import Told
from hall.states import CaseState
from supervision import identity, masking
from supervision.judging import DueState, Standing
from supervision.models import PauseGround
from supervision.refusals import Refusal
from supervision.workdays import TimeUnit

SCHEME = CodeScheme.GUANGDONG  # whose type digits the codes of this hall carry
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_CHOICE: Mapping[str, Any] = {"invalid_choice": "不是可选的值。"}


class Strict(serializers.Serializer[Any]):
    """An object that may hold the fields it names and no others: what is unknown is refused, never dropped (T14)."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                raise ValidationError({name: [ErrorDetail("没有这个字段。", "unknown_field")] for name in unknown})
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A JSON string of signs that can be seen: no NUL, line break, half surrogate or change of direction (T18)."""

    default_error_messages = {"unseen": "含有看不见的控制字符。"}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if len(data) <= (self.max_length or 0) and any(unicodedata.category(sign) in _UNSEEN for sign in data):
            self.fail("unseen")
        return super().to_internal_value(data)


class Count(serializers.IntegerField):
    """A JSON number; neither a text nor true."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """true or false."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input="")
        return data


class ApplicantIn(Strict):
    """Who applies. `id_number` is the ID number of a person, the credit code of a body; `phone` a mobile number."""

    kind = serializers.ChoiceField(choices=ApplicantKind.choices, error_messages=dict(_CHOICE))
    name = Text(max_length=200)
    id_number = Text(max_length=40)
    phone = Text(max_length=30)
    address = Text(max_length=200, required=False, allow_blank=True)
    contact_name = Text(max_length=100, required=False, allow_blank=True)
    contact_id_number = Text(max_length=40, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """All numbers at once, as of the business day; what can be put right without asking is (identity)."""
        today: date = self.context["today"]
        is_person = attrs["kind"] == ApplicantKind.NATURAL_PERSON
        number = attrs["id_number"]
        checked = {
            "name": identity.check_name(attrs["name"]),
            "id_number": identity.check_id_number(number, today) if is_person else identity.check_credit_code(number),
            "phone": identity.check_mobile(attrs["phone"]),
        }
        if attrs.get("contact_name"):
            checked["contact_name"] = identity.check_name(attrs["contact_name"])
        if attrs.get("contact_id_number"):
            checked["contact_id_number"] = identity.check_id_number(attrs["contact_id_number"], today)
        faults = {name: _details(found.faults) for name, found in checked.items() if found.faults}
        if attrs.get("contact_id_number") and not attrs.get("contact_name"):
            faults["contact_name"] = [ErrorDetail("填了经办人身份证号，也请填经办人姓名。", "contact_name_missing")]
        if faults:
            raise ValidationError(faults)
        return attrs | {name: found.value for name, found in checked.items()}


class PostalIn(Strict):
    """To whom the result goes by post (OBTAIN_PAPER_WAY 1): only with `delivery_way` `courier`, and then all three."""

    recipient = Text(max_length=100, required=False, allow_blank=True)
    phone = Text(max_length=30, required=False, allow_blank=True)
    address = Text(max_length=200, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What is given is checked; what is missing the verb refuses."""
        checks = {"recipient": identity.check_name, "phone": identity.check_mobile}
        checked = {name: check(attrs[name]) for name, check in checks.items() if attrs.get(name)}
        faults = {name: _details(found.faults) for name, found in checked.items() if found.faults}
        if faults:
            raise ValidationError(faults)
        return attrs | {name: found.value for name, found in checked.items()}


class MaterialIn(Strict):
    """What is handed in for the material with this number in the guide."""

    seq = Count(min_value=1, max_value=999)
    originals = Count(min_value=0, max_value=999, required=False, default=0)
    copies = Count(min_value=0, max_value=999, required=False, default=0)
    electronic = Flag(required=False, default=False)


class ApplicationIn(Strict):
    """One application. `item` is the key of the item; `source_number` the client's own number, used once for ever."""

    item = Text(max_length=12)
    applicant = ApplicantIn()
    materials = MaterialIn(many=True, required=False, max_length=200)  # type: ignore[call-arg]
    delivery_way = serializers.ChoiceField(choices=DeliveryWay.choices, error_messages=dict(_CHOICE))
    postal = PostalIn(required=False)
    source_number = Text(max_length=100)

    def validate_materials(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        seqs = [row["seq"] for row in rows]
        twice = [place for place, seq in enumerate(seqs) if seq in seqs[:place]]
        if twice:
            raise ValidationError(
                {str(place): {"seq": [ErrorDetail("这个材料序号前面已经有了。", "material_twice")]} for place in twice}
            )
        return rows

    def application(self, source_system: str) -> Application:
        """The application as the verb takes it. Only after `is_valid`."""
        given = self.validated_data
        return Application(
            item_key=given["item"],
            unit="",
            applicant=Person(**given["applicant"], **_postal(given.get("postal", {}))),
            handed=[Handed(**row) for row in given.get("materials", [])],
            delivery_way=given["delivery_way"],
            source_system=source_system,
            source_number=given["source_number"],
        )


def _postal(given: Mapping[str, str]) -> dict[str, str]:
    return {f"postal_{name}": value for name, value in given.items()}


class ItemName(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()


class DepartmentOut(serializers.Serializer[Any]):
    number = serializers.CharField()
    name = serializers.CharField()
    credit_code = serializers.CharField(allow_blank=True)


class ReceiptOut(serializers.Serializer[Any]):
    """The hall's signed word that the record of the filing exists. Keep both byte for byte: alone they prove an omission (T56)."""

    receipt = serializers.CharField(help_text="签名所及的原文（JSON 文本）")
    signature = serializers.CharField(help_text="Ed25519 签名，十六进制")


class SubmittedOut(serializers.Serializer[Any]):
    """A filed case. `query_code` opens the public progress page together with the number: for the applicant alone."""

    number = serializers.CharField()
    state = serializers.ChoiceField(choices=CaseState.choices)
    item = ItemName()
    source_number = serializers.CharField()
    opened_at = serializers.DateTimeField()
    query_code = serializers.CharField()
    progress = serializers.CharField(help_text="接口上查询进度的地址")
    receipt = ReceiptOut()


class LimitOut(serializers.Serializer[Any]):
    """A limit with the unit in which its days are counted."""

    count = serializers.IntegerField()
    unit = serializers.ChoiceField(choices=TimeUnit.choices)


class KindOut(serializers.Serializer[Any]):
    """What kind of item this is, and by which digits the named scheme says so: `20` means different kinds in different schemes."""

    value = serializers.ChoiceField(choices=ItemKind.choices)
    name = serializers.CharField()
    scheme = serializers.ChoiceField(choices=CodeScheme.choices)
    code = serializers.CharField(allow_null=True)


class MaterialOut(serializers.Serializer[Any]):
    seq = serializers.IntegerField()
    master = serializers.CharField()
    name = serializers.CharField()
    necessity = serializers.ChoiceField(choices=Necessity.choices)
    originals = serializers.IntegerField()
    copies = serializers.IntegerField()
    electronic = serializers.BooleanField(help_text="可交电子件")
    source = serializers.ChoiceField(choices=MaterialSource.choices)  # type: ignore[assignment]
    is_shared = serializers.BooleanField(help_text="政府部门核发，免交")


class ItemOut(serializers.Serializer[Any]):
    """An item with the version that is in use today."""

    key = serializers.CharField()
    name = serializers.CharField()
    main_item = serializers.CharField()
    sub_item = serializers.CharField()
    version = serializers.IntegerField()
    valid_from = serializers.DateField()
    department = DepartmentOut()
    kind = KindOut()
    task_code = serializers.CharField(allow_blank=True)
    case_kind = serializers.ChoiceField(choices=CaseKind.choices)
    promised_limit = LimitOut()
    statutory_limit = LimitOut(allow_null=True)
    is_online = serializers.BooleanField()
    online_depth = serializers.CharField(allow_blank=True)
    visits = serializers.IntegerField(allow_null=True)
    serves = serializers.ListField(child=serializers.CharField())
    legal_basis = serializers.ListField(child=serializers.CharField())
    result_name = serializers.CharField(allow_blank=True)
    closing_form = serializers.ChoiceField(choices=ClosingForm.choices, allow_blank=True)
    consult_phone = serializers.CharField(allow_blank=True)
    complaint_phone = serializers.CharField(allow_blank=True)
    materials = MaterialOut(many=True)


class ItemsOut(serializers.Serializer[Any]):
    """A page of the feed. `withdrawn` are keys that were in use and are no more; `as_of` is the next `since`."""

    as_of = serializers.DateField()
    items = ItemOut(many=True)
    withdrawn = serializers.ListField(child=serializers.CharField())
    next_cursor = serializers.CharField(allow_null=True)


class DueOut(serializers.Serializer[Any]):
    """The promise to the applicant as it stands today; counted when asked, never stored.

    `binding_on` is the day that the words count to: the earlier of promise and statute.
    """

    due_on = serializers.DateField(allow_null=True)
    binding_on = serializers.DateField(allow_null=True)
    provisional = serializers.BooleanField()
    state = serializers.ChoiceField(choices=[(state.value, state.name) for state in DueState])
    words = serializers.CharField()
    days_left = serializers.IntegerField(allow_null=True)


class PauseOut(serializers.Serializer[Any]):
    """A time that does not count: `until` is null while the result is awaited. Without `stops_statutory` only the promise waits."""

    since = serializers.DateField()
    until = serializers.DateField(allow_null=True)
    expected_on = serializers.DateField(allow_null=True)
    ground = serializers.ChoiceField(choices=PauseGround.choices)
    ground_name = serializers.CharField()
    stops_statutory = serializers.BooleanField()
    sentence = serializers.CharField(help_text="给申请人看的一句话")


class ToDoOut(serializers.Serializer[Any]):
    """What the applicant has to bring to the hall or to put right, and the last day; after it the application counts as withdrawn or
    is refused, or what was granted is revoked.
    """

    kind = serializers.ChoiceField(
        choices=[("bring_corrections", "补正材料"), ("supply_gaps", "补交容缺材料"), ("rectify", "按通知书改正")]
    )
    by = serializers.DateField(allow_null=True)
    materials = serializers.ListField(child=serializers.CharField())
    sentence = serializers.CharField(help_text="给申请人看的一句话")


class ProgressOut(serializers.Serializer[Any]):
    """`state` is the lawful one of today: silence beyond the notice period accepts, and what is not brought in time ends the case."""

    number = serializers.CharField()
    source_number = serializers.CharField()
    state = serializers.ChoiceField(choices=CaseState.choices)
    state_name = serializers.CharField()
    item = ItemName()
    department = DepartmentOut()
    applicant = serializers.CharField(help_text="个人姓名已遮盖")
    opened_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField(allow_null=True)
    accepted_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    concluded_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(
        allow_null=True, help_text="不再办理的时间：不予受理、撤回、作废等；准予后被撤销的，是撤销的时间"
    )
    deemed = serializers.BooleanField(help_text="逾期未告知，依法视为受理")
    extended = serializers.IntegerField(help_text="批准延长的工作日数，没有延长为 0")
    sentence = serializers.CharField(help_text="申请人现在要做什么，一两句话")
    pauses = PauseOut(many=True)
    to_do = ToDoOut(allow_null=True)
    promised = DueOut(allow_null=True)


def item_told(item: ServiceItem) -> dict[str, Any]:
    """What `ItemOut` says of an item whose version in use was fetched along (`catalog.queries.feed`)."""
    version = item.in_use[0]  # type: ignore[attr-defined]
    immediate = version.case_kind == CaseKind.IMMEDIATE
    own = ("name", "task_code", "case_kind", "is_online", "online_depth", "visits", "serves", "legal_basis")
    more = ("result_name", "closing_form", "consult_phone", "complaint_phone")
    return {
        "key": item.key,
        "main_item": item.main_item,
        "sub_item": item.sub_item,
        "version": version.number,
        "valid_from": version.valid_during.lower,
        "department": item.department,
        "kind": kind_told(item.kind),
        "promised_limit": _limit(version.promised_limit, TimeUnit.IMMEDIATE if immediate else TimeUnit.WORKDAY),
        "statutory_limit": _limit(version.statutory_limit, version.statutory_unit),
        "materials": version.materials.all(),
        **{name: getattr(version, name) for name in (*own, *more)},
    }


def kind_told(kind: str) -> dict[str, Any]:
    digits = next((code for code, found in SCHEMES[SCHEME].items() if found.value == kind), None)
    return {"value": kind, "name": ItemKind(kind).label, "scheme": SCHEME, "code": digits}


def submitted_told(case: Case, query_code: str, progress: str, receipt: dict[str, str]) -> dict[str, Any]:
    """The answer to a filing, finished: it is stored as it is sent."""
    item = {"key": case.item.key, "name": case.version.name}
    told: dict[str, Any] = {
        "number": case.number,
        "state": case.state,
        "item": item,
        "source_number": case.source_number,
    }
    told |= {"opened_at": case.opened_at, "query_code": query_code, "progress": progress, "receipt": receipt}
    return dict(SubmittedOut(told).data)


def progress_told(case: Case, told: Told, standing: Standing | None) -> dict[str, Any]:
    """What `ProgressOut` says of a case; the name of a person is masked (T15)."""
    applicant = case.applicant
    is_person = applicant.kind == ApplicantKind.NATURAL_PERSON
    times = ("opened_at", "received_at", "decided_at", "concluded_at", "delivered_at", "ended_at")
    return {
        "number": case.number,
        "source_number": case.source_number,
        "state": told.state,
        "state_name": told.state.label,
        "item": {"key": case.item.key, "name": case.version.name},
        "department": case.item.department,
        "applicant": masking.mask_name(applicant.name) if is_person else applicant.name,
        "accepted_at": told.accepted_at,
        "deemed": told.deemed,
        "extended": told.extended,
        "sentence": told.sentence,
        "pauses": told.pauses,
        "to_do": told.to_do,
        "promised": _due(told, standing),
        **{name: getattr(case, name) for name in times},
    }


def _due(told: Told, standing: Standing | None) -> dict[str, Any] | None:
    if standing is None or told.promised is None:
        return None
    now = {"state": standing.state, "words": standing.words, "days_left": standing.days_left}
    days = {"due_on": told.promised.due_on, "binding_on": standing.due_on}
    return {**days, "provisional": told.promised.provisional, **now}


def _limit(count: int | None, unit: str) -> dict[str, Any] | None:
    return None if count is None else {"count": count, "unit": unit}


def _details(faults: Sequence[Refusal]) -> list[ErrorDetail]:
    return [ErrorDetail(fault.sentence + fault.remedy, fault.code) for fault in faults]
