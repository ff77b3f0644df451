"""What the page 记录核验 says: each part as its template takes it. Pure: rows and the wall clock in, words out."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from hall.templatetags.face import clock, full_day, instant, near_instant
from supervision import moment
from supervision.models import LogCheck
from supervision.sealing import office, standing
from supervision.sealing.findings import WORDS
from supervision.sealing.history import Link
from supervision.sealing.standing import LATE, Delay, Standing

HEADS, CHECKS = 6, 8
SHOWN = 8  # findings in the banner; all that are kept stand in the check itself
GAUGE = 200 / (LATE.total_seconds() * 1.1)  # px a second; the goal stands short of the end
KEEP = "请保留现状，不要改动数据库和存证头文件；先下载全部签封，再下载记录和公钥，在另一台电脑上用 script/verify-log 再核验一次。"


def running(check: LogCheck, now: datetime) -> dict[str, Any]:
    """A check that waits or runs, for supervision/_check.html."""
    asked = f"{check.asked_by}，{_when(check.asked_at, now)} 提出"
    if check.started_at is None:
        words = f"{asked}；等后台进程空出来，一般几秒内开始。"
    elif check.done < check.size:
        words = f"{asked}；已核验 {check.done:,} / {check.size:,} 条。可以离开本页，做完后结果在这里。"
    else:
        words = f"{asked}；{check.size:,} 条已读完，正在比对存储的办件。可以离开本页，做完后结果在这里。"
    return {"words": words, "done": check.done, "size": check.size, "url": reverse("supervision_log_progress")}


def banner(check: LogCheck | None, now: datetime) -> dict[str, Any]:
    """The result of the last full check, and what to do."""
    if check is None:
        text = "每夜 2:00 自动全部核验一次；现在就要看结果，请按“现在全部核验”。"
        return {"tone": "mind", "lead": "还没有全部核验过", "text": text, "findings": []}
    assert check.ended_at is not None
    took = _took(check.ended_at - (check.started_at or check.asked_at))
    when = f"{_when(check.ended_at, now)} 核验 {check.size:,} 条"
    if check.findings:
        lead = f"最近一次全部核验发现 {_count(check)} 处问题"
        shown = [finding["sentence"] for finding in check.findings[:SHOWN]]
        if len(check.findings) > SHOWN:
            shown.append(f"……共 {_count(check)} 处；全部见 manage.py check_log。")
        return {"tone": "fix", "lead": lead, "text": f"{when}，用时{took}。{KEEP}", "findings": shown}
    text = f"{when}，从第 1 条到当时的签封，用时{took}：两种根值都对上，每个签封是后一个的前段，没有缺号；存储的办件、授权和配置与记录一致。"
    return {"tone": "ok", "lead": "记录完整，前后一致", "text": text if check.size else f"{when}。", "findings": []}


def alarms(state: Standing) -> list[str]:
    """What somebody has to look at, beside the result of the check, which has its banner."""
    return [alarm.sentence for alarm in state.alarms if alarm.code != "check_failed"]


def newest(state: Standing, signed: bool) -> dict[str, Any]:
    """The newest head with both roots, as two people compare it aloud."""
    assert state.head is not None
    told = state.head.told
    at = moment.instant(told["sealed_at"])
    return {
        "size": f"{state.head.size:,}",
        "sealed_at": f"{full_day(at)} {_second(at)}",
        "sm3": told["sm3"],
        "sha256": told["sha256"],
        "signed": signed,
        "key": told["key"],
        "epoch": told["epoch"],
        "witness": _witness(state),
    }


def waiting(state: Standing, longest: Delay | None) -> dict[str, Any]:
    """How long records wait for their seal, now and at worst today."""
    now = state.waiting
    worst = max(now, longest.lapse if longest else timedelta(0))
    value, unit = _amount(now)
    longest_now, at = None, "今天还没有签封"
    if longest:
        longest_now, longest_unit = _amount(longest.lapse)
        at = f"{longest_unit}，{clock(longest.at)}"
    return {
        "figures": [
            {"label": "现在", "value": value, "note": unit},
            {"label": "今天最长", "value": longest_now, "note": at},
            {"label": "未签", "value": f"{state.unsealed:,}", "note": "条"},
        ],
        "gauge": {
            "fill": f"{min(worst.total_seconds() * GAUGE, 200):.1f}",
            "goal": f"{LATE.total_seconds() * GAUGE - 1:.1f}",
            "short": worst > LATE,
            "label": f"最长延迟 {''.join(_amount(worst))}，报警线 60 秒",
        },
        "old": "有" if state.has_alarm("unsealed_old") else "没有",
        "beat": f"签封程序 {_second(state.beat_at)} 报到" if state.beat_at else "签封程序还没有报到",
    }


def link(row: Link, now: datetime) -> dict[str, Any]:
    told = row.head.told
    at = moment.instant(told["sealed_at"])
    today = moment.local_date(at) == moment.local_date(now)
    when = _second(at) if today else f"{near_instant(at, now).partition(' ')[0]} {_second(at)}"
    return {"at": when, "size": f"{row.head.size:,}", "sm3": told["sm3"][:12], "fits": row.fits}


def check(row: LogCheck, now: datetime) -> dict[str, Any]:
    """A line of the list of checks."""
    words = "一致"
    if row.findings:
        first = row.findings[0]["reason"]
        more = f"等 {_count(row)} 处" if _count(row) != "1" else ""
        words = f"{WORDS.get(first, first)}{more}"
    assert row.ended_at is not None
    return {
        "at": _when(row.ended_at, now),
        "by": row.asked_by,
        "size": f"{row.size:,}",
        "ok": not row.findings,
        "words": words,
    }


def _witness(state: Standing) -> str:
    """Only what is true: the file outside of the database. Nobody else signs yet."""
    outside = office.heads_file().newest()
    assert state.head is not None
    if outside is None:
        return "数据库外没有存证头文件"
    at = _second(moment.instant(outside.told["sealed_at"]))
    if outside.size == state.head.size and outside.text != state.head.text:
        return f"独立存档的第 {outside.size:,} 条处与这里不同"
    behind = f"，还差 {state.head.size - outside.size:,} 条" if outside.size < state.head.size else ""
    return f"独立存档（数据库外的存证头文件）{at} 已写到 {outside.size:,} 条{behind}"


def _count(check: LogCheck) -> str:
    """How many findings, as far as they are kept."""
    more = bool(check.findings) and check.findings[-1]["reason"] == "more"
    return f"{len(check.findings) - 1} 以上" if more else str(len(check.findings))


def _when(at: datetime, now: datetime) -> str:
    """今天 11:00, 昨天 2:00, 3月8日 2:00."""
    ago = (moment.local_date(now) - moment.local_date(at)).days
    return {0: f"今天 {clock(at)}", 1: f"昨天 {clock(at)}"}.get(ago, instant(at, now))


def _second(at: datetime) -> str:
    """9:43:05 on a clock in the county."""
    local = moment.local(at)
    return f"{local.hour}:{local:%M:%S}"


def _amount(lapse: timedelta) -> tuple[str, str]:
    """0.7 秒, 168 秒, 25 分钟, 30 小时: a figure that fits its place, and its unit."""
    whole = lapse.total_seconds()
    if whole < 100:
        return f"{whole:.1f}", "秒"
    if whole < 600:
        return f"{whole:.0f}", "秒"
    return (f"{whole / 60:.0f}", "分钟") if whole < 6000 else (f"{whole / 3600:.0f}", "小时")


def _took(lapse: timedelta) -> str:
    return f" {standing.seconds(lapse)}" if lapse >= timedelta(seconds=1) else "不到 1 秒"
