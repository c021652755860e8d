"""Settings of the bucket: S3-compatible storage to which what is sealed is copied."""

from typing import Self

from pydantic import Field, model_validator

from dispatch_server.kit.redact import Secret
from dispatch_server.settings.section import Bytes, Count, Days, Seconds, SecretText, Section


class BucketSettings(Section):
    """A second place for sealed recordings and for objects; without it all stays on this machine's disk."""

    endpoint: str = Field("", description="https://host of an S3-compatible storage; empty: none.")
    name: str = Field("", description="The bucket. Give it versions and a default retention (Object Lock).")
    region: str = Field("us-east-1", description="What the storage calls its region.")
    prefix: str = Field("", description="Begin of every key, without a slash at its end; empty: none.")
    access_key_id: SecretText = Field(Secret(""), description="Who writes there.")
    secret_access_key: SecretText = Field(Secret(""), description="The password of that.")
    local_days: Days = Field(
        0, description="So long copied recordings stay on this machine as well; fetched back when asked for. 0: always."
    )
    request_s: Seconds = Field(30, description="Longest wait for one answer of the storage.")
    retry_s: Seconds = Field(60, description="Pause before a copy that failed is tried again; doubled up to an hour.")
    part_bytes: Bytes = Field(8_388_608, description="Larger files go up in parts of this size.")
    fetches: Count = Field(2, description="Files that are fetched back at one time.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.endpoint and not (self.name and self.access_key_id and self.secret_access_key):
            raise ValueError("with an endpoint, name, access_key_id and secret_access_key are needed too")
        if self.endpoint and not self.endpoint.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise ValueError("endpoint must begin with https:// (http only on this machine)")
        return self
