"""What a version must say before the public may rely on it (domain 2.3). Pure: values in, sentences out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Content:
    """The parts of a version that publication asks for."""

    materials: int
    steps: int
    serves: int
    legal_basis: int
    task_code: str
    result_name: str
    closing_form: str
    consult_phone: str
    complaint_phone: str
    visits: int | None


def lacks(content: Content) -> list[str]:
    """The names of what is still missing, in the order of the guide; empty when the version may be published (G12-G16)."""
    present = {
        "实施编码": bool(content.task_code),
        "设定依据": content.legal_basis > 0,
        "服务对象": content.serves > 0,
        "申请材料": content.materials > 0,
        "办理流程": content.steps > 0,
        "办理结果": bool(content.result_name or content.closing_form),
        "到现场次数": content.visits is not None,
        "咨询电话": bool(content.consult_phone),
        "投诉电话": bool(content.complaint_phone),
    }
    return [name for name, given in present.items() if not given]
