"""The verdict on one case or one receipt, in a sentence: proved against the newest head with the verifier's own code (T49, T56)."""

import re
from typing import Any

from authorization.staff import Staff
from hall import queries, replay
from hall.models import Case
from hall.states import VERBS
from hall.templatetags.face import case_short
from supervision.sealing import reading
from supervision.sealing.findings import WORDS, Finding
from supervision.sealing.reading import Place, ReceiptVerdict

TABLE = "hall_case"
MOST = 4000  # signs of a scanned receipt
PROGRESS = re.compile(r"/public/progress/(\d{18})/")
HINT = "请输入办件编号（日期和流水号，或 18 位），或扫收件凭证上“记录回执”的二维码。"

Verdict = dict[str, Any]


def judge(typed: str, staff: Staff) -> tuple[str, Verdict]:
    """What stands in the field afterwards, and the verdict {tone, lead, text}."""
    text = typed.strip()[:MOST]
    if text.startswith("{"):
        return "", _of_receipt(text)
    if progress := PROGRESS.search(text):
        text = progress[1]  # the other code of the slip: it names the case, too
    bare = re.sub(r"[\s-]", "", text)
    if not (bare.isascii() and bare.isdigit()):
        return text[:60], _say("mind", "这不是办件编号，也不是回执", HINT)
    return text[:60], _of_number(text[:60], staff)


def _of_number(text: str, staff: Staff) -> Verdict:
    found = list(queries.find(staff, text).order_by("number")[:6])
    if not found:
        return _say("mind", f"没有找到 {text}", HINT)
    if len(found) > 1:
        numbers = "、".join(case.number for case in found)
        return _say("mind", f"有不止一个办件叫 {text}", f"请填 18 位编号：{numbers}。")
    return _of_case(found[0])


def _of_case(case: Case) -> Verdict:
    """Every record of the case: numbers, links, states, times; each proved against the newest head; and what is stored."""
    name, places, size = case_short(case.number), reading.steps_of(TABLE, case.id), reading.sealed_size()
    fault = next(((place, wrong) for place in places if (wrong := place.fault or _illegal(place))), None)
    if fault is not None:
        return _say("fix", f"{name}：第 {fault[0].record.seq} 条记录有问题", fault[1].sentence)
    differences = replay.compare_case(case.id)
    if differences:
        return _say(
            "fix", f"{name}：记录本身完好，存储的办件与记录不一致", " ".join(one.sentence for one in differences)
        )
    lead = f"{name}：{len(places)} 条记录，第 1 到第 {len(places)} 条连号，状态合法，时间递增"
    waiting = sum(place.index is None for place in places)
    if waiting:
        return _say("mind", lead, f"其中 {waiting} 条还没有签封；一般一两秒内签封，请稍后再核验。")
    last = places[-1].index or 0
    text = (
        f"最后一条在第 {last + 1:,} 条，路径 {reading.path_length(last, size)} 步，全部已签封；存储的办件与记录一致。"
    )
    return _say("ok", lead, text)


def _illegal(place: Place) -> Finding | None:
    """A step that the table of states does not know."""
    body = place.body
    verb = VERBS.get(body["kind"])
    sources = [source or "" for source in verb.sources] if verb else []
    legal = verb is not None and body["from"] in sources and body["to"] == verb.target
    return None if legal else Finding("path_illegal", f"{WORDS['path_illegal']}：{body['kind']}。")


def _of_receipt(text: str) -> Verdict:
    found = reading.check_receipt(text)
    if found is None:
        return _say("mind", "这不是大厅的记录回执", HINT)
    name = case_short(found.case)
    if found.fault is not None:
        return _say("fix", f"回执 {name}：{WORDS.get(found.fault.reason, '有问题')}", found.fault.sentence)
    if found.index is None:
        return _say("mind", f"回执 {name}：签名有效，记录在案，还没有签封", "一般一两秒内签封，请稍后再核验。")
    return _sealed(name, found)


def _sealed(name: str, found: ReceiptVerdict) -> Verdict:
    assert found.index is not None
    steps = reading.path_length(found.index, reading.sealed_size())
    text = f"回执的记录在第 {found.index + 1:,} 条，路径 {steps} 步，已签封，内容与出具回执时一字不差。"
    return _say("ok", f"回执 {name}：签名有效，记录还在", text)


def _say(tone: str, lead: str, text: str) -> Verdict:
    return {"tone": tone, "lead": lead, "text": text}
