"""The whole county, part by part; each part is one transaction and adds only what is missing."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from hall.actions.state_table import record_states
from hall.demo.accounts import described
from hall.demo.clients import load_clients
from hall.demo.items import load_items
from hall.demo.letters import load_letters
from hall.demo.people import load_people, load_qualifications, new_keys
from hall.demo.plan import Plan
from hall.demo.rows import INITIAL
from hall.demo.rules import load_rules
from hall.demo.units import load_towns, load_units
from hall.demo.windows import load_duties, load_sub_centers, load_windows

Entries = list[dict[str, Any]]
Tell = Callable[[str], None]
Keep = Callable[[str, Entries], None]


def load(plan: Plan, *, tell: Tell = lambda line: None, keep: Keep = lambda what, entries: None) -> Entries:
    """Load what is missing. All acts bear the first instant of the plan's first day, whatever the clock says.

    `tell` hears a line for each part. `keep` is given the new `accounts` and `api_clients` before the transaction that makes
    them is committed, so that no account exists whose password was lost. Returns the new accounts.
    """
    if record_states(now=plan.start_instant):
        tell("办件状态表已记入监察记录")
    added = _load_catalog(plan, tell)
    keys = new_keys(plan)
    accounts = described(plan, keys)
    with transaction.atomic():
        load_people(plan, keys)
        if accounts:
            keep("accounts", accounts)
    tell(f"人员与任职：新增账号 {len(accounts)} 个")
    qualified = load_qualifications(plan)
    tell(f"上岗资格 {qualified} 份")
    centers, windows, duties = load_sub_centers(plan), load_windows(plan), load_duties(plan)
    tell(f"分中心 {centers} 个，窗口 {windows} 个，值班 {duties} 条")
    letters = load_letters(plan, actor=INITIAL, now=plan.start_instant)
    tell(f"授权委托书 {letters} 份")
    with transaction.atomic():
        clients = load_clients(plan)
        if clients:
            keep("api_clients", clients)
    tell(f"接口客户端 {len(clients)} 个")
    if not any((added, accounts, qualified, centers, windows, duties, letters, clients)):
        tell("演示县已经装好，没有改动。")
    return accounts


def _load_catalog(plan: Plan, tell: Tell) -> int:
    rules = load_rules(plan)
    tell(f"日历与规则 {rules} 行")
    units, towns = load_units(plan), load_towns(plan)
    tell(f"单位与岗位 {units} 个，镇与受理点 {towns} 个")
    items = load_items(plan, actor=INITIAL, now=plan.start_instant)
    tell(f"事项 {items.items} 个，其中发布 {items.published} 个")
    return rules + units + towns + items.items
