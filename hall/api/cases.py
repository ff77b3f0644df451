"""Filing a case from outside, and asking how it stands."""

import re
from typing import Any

from django.db import transaction
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from hall import actions, progress, queries, standing
from hall.actions.intake import query_code_of
from hall.api import idempotency
from hall.api.clients import Scope, actor_of, client_of
from hall.api.edge import ApiView
from hall.api.schema import errors
from hall.models import Case, IdempotentAnswer
from hall.serializers import ApplicationIn, ProgressOut, SubmittedOut, progress_told, submitted_told
from supervision import clocks, moment, numbers, receipts
from supervision.judging import judge
from supervision.models import Receipt
from supervision.refusals import NotFound, Refusal

_KEY = OpenApiParameter(
    idempotency.HEADER,
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="客户端为这件申办取的键，1 至 120 个 ASCII 字符；重试时不变。同键同文得到同一答复，同键异文为 422。",
)
_LOCATION = OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=[201], description="查询进度的地址")


class Cases(ApiView):
    """网上申办。"""

    scope, verb = Scope.CASES_SUBMIT, "submit"

    @extend_schema(
        operation_id="submit_case",
        tags=["办件"],
        summary="提交一件申办",
        description="提交后等待窗口收件。答复丢失时，用同一个 Idempotency-Key 和同样的正文再发一次，不会重复登记。",
        parameters=[_KEY, _LOCATION],
        request=ApplicationIn,
        responses={201: SubmittedOut, **errors(409, 413, 415, 422)},
    )
    def post(self, request: Request) -> Response:
        told = request.data
        attempt = idempotency.attempt(request)
        with transaction.atomic():
            answer = idempotency.claim(attempt) or self._submit(request, told, attempt)
        return Response(answer.body, answer.status, headers={"Location": answer.body["progress"]})

    def _submit(self, request: Request, told: object, attempt: idempotency.Attempt) -> idempotency.Answer:
        """The first time: the case and the answer about it are written in one statement."""
        now = moment.now()
        given = ApplicationIn(data=told, context={"today": moment.local_date(now)})
        given.is_valid(raise_exception=True)
        answers: list[idempotency.Answer] = []

        def along(case: Case, receipt: Receipt) -> list[IdempotentAnswer]:
            progress = reverse("api_progress", args=[case.number])
            body = submitted_told(case, query_code_of(case), progress, receipts.told(receipt))
            answers.append(idempotency.Answer(201, body))
            return [attempt.answer(answers[0].status, answers[0].body, now)]

        application = given.application(attempt.client.client_id)
        actions.submit(application, actor=actor_of(request), now=now, along=along)
        return answers[0]

    def pointer(self, refusal: Refusal) -> str:
        """Where the fault stands in the body: a material is named by its number in the guide, a pointer by its place."""
        if refusal.field.startswith("postal_"):
            return f"#/postal/{refusal.field.removeprefix('postal_')}"
        material = re.fullmatch(r"material-([0-9]+)", refusal.field)
        if material is None:
            return f"#/{refusal.field}"
        sent: Any = self.request.data
        seqs = [row["seq"] for row in sent.get("materials", [])]
        wanted = int(material[1])
        return f"#/materials/{seqs.index(wanted)}" if wanted in seqs else "#/materials"


class Progress(ApiView):
    """办件进度。"""

    scope, verb = Scope.CASES_READ, "read_progress"

    @extend_schema(
        operation_id="read_progress",
        tags=["办件"],
        summary="一件办件办到哪一步，承诺何时办结",
        description="只能查本客户端提交的办件，其他一律 404。时间是北京时间；期限按今天推算，不是存下的结论。",
        responses={200: ProgressOut, **errors(404)},
    )
    def get(self, request: Request, number: str) -> Response:
        if not numbers.is_case_number(number):
            raise NotFound
        case = queries.case_of_client(client_of(request).client_id, number)
        now = moment.now()
        today, rules = moment.local_date(now), clocks.rules_with(case)
        told = progress.told(case, now, rules)
        judged = None
        if told.is_counted:
            assert told.promised is not None
            facts = standing.facts_of(told.promised, told.statutory)
            judged = judge(facts, today, calendar=rules.calendar, near=rules.near(today))
        return Response(ProgressOut(progress_told(case, told, judged)).data)
