"""An authenticator in software: makes real keys and real signatures, and can be told to be a bad one.

It stands in for a device, not for the service's checks: what it answers has the form in which browsers hand it over.
"""

import base64
import json
import os
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

FLAG = AuthenticatorData.FLAG


def text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


@dataclass
class Authenticator:
    """One device with one passkey."""

    origin: str
    host: str = "localhost"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    counter: int = 0
    flags: int = FLAG.UP | FLAG.UV
    handle: bytes = b""
    cross_origin: bool = False

    def but(self, **changed: Any) -> "Authenticator":
        """The same device, changed in some way."""
        return replace(self, **changed)

    def create(self, options: dict[str, Any]) -> str:
        """Answer to a registration."""
        asked = options["publicKey"]
        self.handle = base64.urlsafe_b64decode(asked["user"]["id"] + "==")
        public = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]
        credential = AttestedCredentialData.create(b"\0" * 16, self.credential_id, public)
        device = AuthenticatorData.create(self._host_hash(), FLAG(self.flags | FLAG.AT), self.counter, credential)
        attested = AttestationObject.create("none", device, {})
        client = self._client("webauthn.create", asked["challenge"])
        return self._answer({"clientDataJSON": text(client), "attestationObject": text(attested)})

    def get(self, options: dict[str, Any]) -> str:
        """Answer to a question for a proof; counts, if this device counts."""
        if self.counter:
            self.counter += 1
        device = AuthenticatorData.create(self._host_hash(), FLAG(self.flags), self.counter)
        client = self._client("webauthn.get", options["publicKey"]["challenge"])
        digest = hashes.Hash(hashes.SHA256())
        digest.update(client)
        signature = self.key.sign(device + digest.finalize(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": text(client), "authenticatorData": text(device), "signature": text(signature)}
        return self._answer(response | ({"userHandle": text(self.handle)} if self.handle else {}))

    def _answer(self, response: dict[str, str]) -> str:
        whole = {"id": text(self.credential_id), "rawId": text(self.credential_id), "type": "public-key"}
        return json.dumps(whole | {"response": response, "clientExtensionResults": {}})

    def _client(self, kind: str, challenge: str) -> bytes:
        client = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": self.cross_origin}
        return json.dumps(client).encode()

    def _host_hash(self) -> bytes:
        digest = hashes.Hash(hashes.SHA256())
        digest.update(self.host.encode())
        return digest.finalize()
