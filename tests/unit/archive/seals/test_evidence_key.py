"""The key's name and its signatures against RFC 8037's own example."""

from dispatch_server.archive.seals.evidence_key import EvidenceKey

RFC_8037_A = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")


def test_thumbprint_is_that_of_rfc_8037_a3() -> None:
    key = EvidenceKey.of(RFC_8037_A)
    assert key.jwk["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert key.thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_what_it_signs_is_verified_by_its_public_key() -> None:
    key = EvidenceKey.of(RFC_8037_A)
    key.public.verify(key.sign(b"head"), b"head")
    assert key.sign(b"head") == key.private.sign(b"head")
