"""Programs that may call the API."""

import secrets

from django.db import transaction

from hall.demo.plan import Plan
from hall.demo.rows import announced
from hall.models import ApiClient
from supervision import protection


@transaction.atomic
def load_clients(plan: Plan) -> list[dict[str, object]]:
    """Clients that are missing, each with a new secret; returns what the other side must know of them, once."""
    known = set(ApiClient.objects.values_list("client_id", flat=True))
    told = [row for row in plan.clients if row["client_id"] not in known]
    given = {row["client_id"]: secrets.token_urlsafe(32) for row in told}
    clients = [ApiClient(**row) for row in told]
    for client in clients:
        client.secret = protection.seal(given[client.client_id], table="hall_apiclient", column="secret", row=client.id)
    announced(ApiClient.objects.bulk_create(clients), plan.start_instant)
    return [
        {
            "client_id": row["client_id"],
            "secret": given[row["client_id"]],
            "key_id": row["key_id"],
            "scopes": row["scopes"],
        }
        for row in told
    ]
