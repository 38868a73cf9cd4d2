"""New passwords over the API."""

from typing import Annotated

import msgspec

from extension_api.api import Api, Call
from extension_api.errors import InvalidPage
from extension_api.generate import service
from extension_api.generate.compose import LONGEST as LONGEST_PASSWORD
from extension_api.generate.grammar import LONGEST as LONGEST_RULES
from extension_api.permissions import Identity

api = Api("generate")


class GenerateRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What a password is for: a page, the `passwordrules` attribute of its field; all may be left out."""

    page_url: Annotated[str, msgspec.Meta(max_length=20_000)] | None = None
    rules: Annotated[str, msgspec.Meta(max_length=LONGEST_RULES)] | None = None
    length: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_PASSWORD)] | None = None
    avoid_ambiguous: bool = False


class GeneratedAnswer(msgspec.Struct):
    """A new password, its strength in bits, and whose rules it keeps to; `site` where they are a site's."""

    password: str
    bits: int
    source: service.Source
    site: str | None

    def __repr__(self) -> str:
        return f"<generated password of {self.bits} bits>"


@api.endpoint(
    "POST", "/generate", guard="bearer", summary="A new password, by the site's own rules where they are known",
    body=GenerateRequest, answer=GeneratedAnswer, problems=(InvalidPage,),
)  # fmt: skip
def generate(call: Call, _identity: Identity, body: GenerateRequest) -> GeneratedAnswer:
    """Answer a new password; it is kept nowhere."""
    made, chosen = service.make(
        call.session,
        page_url=body.page_url,
        rules=body.rules,
        length=body.length,
        avoid_ambiguous=body.avoid_ambiguous,
    )
    return GeneratedAnswer(made.password, made.bits, chosen.source, chosen.site)
