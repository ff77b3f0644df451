"""Pages as tests read them."""

import re

from django.http import HttpResponse

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


def text_of(answer: HttpResponse) -> str:
    """The whole page."""
    return answer.content.decode()


def without_token(answer: HttpResponse) -> str:
    """The page without what differs at every reading."""
    return _TOKEN.sub("", text_of(answer))


def values_of(answer: HttpResponse) -> dict[str, str]:
    """What stands in the fields of a form that came back."""
    inputs = [tag for tag in re.findall(r"<input[^>]*>", text_of(answer)) if "radio" not in tag]
    pairs = [(re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in inputs]
    return {name[1]: value[1] if value else "" for name, value in pairs if name}
