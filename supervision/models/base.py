"""What every row of the product has: a key that its maker can choose before writing, and a protection class for each field."""

import os
import uuid

from django.db import models

from supervision import moment

PUBLIC, INTERNAL, PERSONAL, SENSITIVE = "public", "internal", "personal", "sensitive"
DataClasses = dict[str, str]


def new_key() -> uuid.UUID:
    """A UUIDv7 (RFC 9562): wall time first, so that indexes stay compact. Nothing is ever ordered by it."""
    milliseconds = int(moment.wall().timestamp() * 1000)
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | random
    value = value & ~(0xF << 76) | 7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 2 << 62)


def classify(*, public: str = "", internal: str = "", personal: str = "", sensitive: str = "") -> DataClasses:
    """Each field of a model in one of four classes (PIPL 51): `sensitive` is stored encrypted and shown masked."""
    groups = {PUBLIC: public, INTERNAL: internal, PERSONAL: personal, SENSITIVE: sensitive}
    return {field: name for name, fields in groups.items() for field in fields.split()}


class Row(models.Model):
    """A row with a key of its own; sealed values and records are bound to this key before anything is written."""

    data_class: DataClasses

    id = models.UUIDField("标识", primary_key=True, default=new_key, editable=False)

    class Meta:
        abstract = True
