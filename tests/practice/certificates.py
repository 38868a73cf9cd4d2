"""A certificate authority that lives as long as a test, and one server certificate signed by it.

Browsers are told to trust that one server key (by its digest) and nothing else; no trust store of the machine is
touched, and nothing made here is ever written into the repository.
"""

import base64
import datetime
import hashlib
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# CA/Browser Forum baseline requirements: browsers refuse server certificates that live longer than 398 days.
LIFETIME = datetime.timedelta(days=30)


@dataclass(frozen=True)
class Certificates:
    """Where the PEM files lie, and the digest by which Chromium trusts the server's key."""

    authority: Path
    chain: Path
    key: Path
    spki_digest: str

    def server_context(self) -> ssl.SSLContext:
        """The TLS settings of a practice site."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        return context

    def client_context(self) -> ssl.SSLContext:
        """The TLS settings of a test that talks to a server without a browser; certificates are checked."""
        return ssl.create_default_context(cafile=str(self.authority))


def make(folder: Path, names: list[str], authority: str = "Wayfill practice authority") -> Certificates:
    """Make an authority and a server certificate for `names` and for loopback, and write them into `folder`.

    Two authorities that one browser meets need two names: it tells them apart by nothing else.
    """
    now = datetime.datetime.now(datetime.UTC)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, authority)])
    authority_identifier = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    root = (
        _builder(authority_name, authority_name, authority_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(authority_identifier, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    key = ec.generate_private_key(ec.SECP256R1())
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in [*names, "localhost"]]
    alternatives.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    certificate = (
        _builder(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Wayfill practice server")]),
            authority_name,
            key.public_key(),
            now,
        )
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_identifier), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    result = Certificates(
        authority=folder / "authority.pem",
        chain=folder / "chain.pem",
        key=folder / "key.pem",
        spki_digest=_spki_digest(key.public_key()),
    )
    folder.mkdir(parents=True, exist_ok=True)
    result.authority.write_bytes(root.public_bytes(pem))
    result.chain.write_bytes(certificate.public_bytes(pem) + root.public_bytes(pem))
    result.key.touch(mode=0o600)
    result.key.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
    return result


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # An hour back: the machine's clock and the browser's reading of it need not agree to the second.
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _spki_digest(key: ec.EllipticCurvePublicKey) -> str:
    """The form that Chromium's --ignore-certificate-errors-spki-list takes: base64 of SHA-256 of the DER SPKI."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(der).digest()).decode()
