"""The ledger of acts: an append-only Merkle tree whose signed heads witnesses hold, and its offline verifier."""
