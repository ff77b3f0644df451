"""Units with their sections and posts, the institutions of the hall, and the towns."""

from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction

from authorization.models import Post
from catalog.models import ApprovalSection, Department, ReceivingPoint, Town
from hall.demo.plan import Plan, Tree
from hall.demo.rows import add_missing, announced


@transaction.atomic
def load_units(plan: Plan) -> int:
    """Departments, the one approval section of each unit (D3), and the posts to which letters bind (D26)."""
    told = [*plan.departments, *plan.institutions]
    new = add_missing(Department, [_department(row) for row in told], "slug", now=plan.start_instant)
    by_slug = Department.objects.in_bulk([row["slug"] for row in told], field_name="slug")
    sections = [
        ApprovalSection(slug=f"{row['slug']}-approval", name=row["section"], department=by_slug[row["slug"]])
        for row in told
        if "section" in row
    ]
    add_missing(ApprovalSection, sections, "slug", now=plan.start_instant)
    posts = [post for row in told for post in _posts(row, by_slug[row["slug"]])]
    return len(new) + _load_posts(posts, plan.start_instant)


@transaction.atomic
def load_towns(plan: Plan) -> int:
    """Towns and the points that may take in devolved items (D19, D20)."""
    towns = [Town(slug=town["slug"], name=town["name"], region_code=town["region_code"]) for town in plan.towns]
    new = add_missing(Town, towns, "slug", now=plan.start_instant)
    by_slug = Town.objects.in_bulk([town["slug"] for town in plan.towns], field_name="slug")
    points = [ReceivingPoint(town=by_slug[town["slug"]], **point) for town in plan.towns for point in town["points"]]
    return len(new) + len(add_missing(ReceivingPoint, points, "name", now=plan.start_instant))


def _department(row: Tree) -> Department:
    return Department(
        number=row["number"],
        slug=row["slug"],
        name=row["name"],
        short_name=row["short_name"],
        kind=row["kind"],
        credit_code=row["credit_code"],
        document_prefix=row["document_prefix"],
        consult_phone=row["phones"]["consult"],
        complaint_phone=row["phones"]["complaint"],
    )


def _posts(row: Tree, department: Department) -> Iterator[Post]:
    for kind, titles in row.get("posts", {}).items():
        for title in [titles] if isinstance(titles, str) else titles:
            yield Post(department=department, kind=kind, title=title)


def _load_posts(posts: list[Post], now: datetime) -> int:
    """Posts with their groups: a group is named after its post's id, since titles repeat from unit to unit."""
    known = set(Post.objects.values_list("department_id", "title"))
    new = [post for post in posts if (post.department_id, post.title) not in known]
    for post, group in zip(new, Group.objects.bulk_create(Group(name=str(post.id)) for post in new), strict=True):
        post.group = group
    announced(Post.objects.bulk_create(new), now)
    return len(new)
