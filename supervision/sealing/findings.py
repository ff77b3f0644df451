"""What a check of the log found, in words for the supervision office. The verifier's own words stand beside them (docs/log-format.md)."""

from dataclasses import asdict, dataclass
from typing import Any

# Reasons of the verifier and of our own comparisons, in the office's words.
WORDS = {
    "not_a_log": "导出的内容不是记录格式",
    "leaf_changed": "记录的内容被改过，与签封时的叶不符",
    "columns_changed": "记录旁的检索列与记录内容不一致",
    "index_gap": "签封的位次不连续，有记录被删除或倒插",
    "record_twice": "同一条记录签封了两次",
    "root_differs": "算出的根值与签封的根值不一致",
    "signature_invalid": "存证头的签名无效",
    "key_unknown": "存证头用了没有公布过的密钥",
    "heads_broken": "存证头前后接不上",
    "log_shorter": "记录比已公布的存证头少",
    "head_differs": "已公布的存证头不是这份记录的前段",
    "sequence_gap": "同一对象的记录缺号",
    "link_broken": "同一对象的记录前后接不上",
    "path_illegal": "记录里有状态表不允许的一步",
    "time_backwards": "同一对象的记录时间倒退",
    "back_dated": "记录的时间比前面的记录早十分钟以上，疑为倒填",
    "recovery_unsigned": "记录里的恢复没有存证头密钥的签名，或编号纪元没有升高",
    "receipt_signature": "回执的签名无效，不是本大厅出具的",
    "receipt_omitted": "回执证明有过这条记录，现在记录里没有",
    "receipt_changed": "记录的内容与回执不符，出具回执后被改过",
    "receipt_not_yet_sealed": "这条记录还没有签封",
    "case_unknown": "记录里没有这个编号",
    "unsealed_old": "有记录超过 10 分钟没有签封",
    "leaf_without_record": "有签封位次的记录不在了",
    "stored_differs": "存储的数据与记录推出的不一致",
    "broke_off": "核验程序出错，没有做完",
}
MOST = 50  # so many are kept of each part of a check; the count of all stands beside them
# What the reading of a record, a row or a receipt raises that somebody has made unlike ours.
MALFORMED = (LookupError, TypeError, ValueError, AttributeError, RecursionError, OverflowError, StopIteration)


@dataclass(frozen=True, slots=True)
class Finding:
    """`sentence` says what is wrong and where; `index` is the first bad leaf, `verifier` its own sentence, where there are such."""

    reason: str
    sentence: str
    index: int | None = None
    verifier: str = ""

    @property
    def told(self) -> dict[str, Any]:
        """As it is kept with the check."""
        return asdict(self)


def of_verifier(reason: str, said: str, index: int | None = None) -> Finding:
    """A fault that the verifier found: the place as people count (from 1), our words, its code; its own sentence is kept beside."""
    place = f"第 {index + 1:,} 条：" if index is not None and index >= 0 else ""
    return Finding(reason, f"{place}{WORDS.get(reason, reason)}（代码 {reason}）。", index, said)
