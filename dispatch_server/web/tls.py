"""The certificate that the HTTP server shows: read at start, and again when its files were renewed."""

import ssl
from pathlib import Path

from dispatch_server.kit.errors import LocalFault
from dispatch_server.runtime.log import log_of

_log = log_of("tls")


class CannotListen(LocalFault):
    """The address or the certificate of the settings cannot be used."""


class ServerTls:
    """One context for the life of the server: handshakes after `refresh()` get what was loaded last."""

    def __init__(self, certificate: str, key: str) -> None:
        self._files = Path(certificate), Path(key)
        self._seen: object = None
        self.context = _empty_context()

    def load(self) -> ssl.SSLContext:
        """CannotListen when a file is missing or the two do not belong together."""
        for path in self._files:
            if not path.is_file():
                raise CannotListen("no_certificate", f"{path}: there is no such file")
        seen = self._stamp()
        try:
            # Tried on a context of its own: half of a pair must not get into the one in use.
            _empty_context().load_cert_chain(*self._files)
            self.context.load_cert_chain(*self._files)
        except (ssl.SSLError, OSError) as error:
            raise CannotListen("certificate_unusable", f"{self._files[0]}: {error}") from error
        self._seen = seen
        return self.context

    def refresh(self) -> bool:
        """True when the files were renewed and are in use now. The old one stays when they are unusable."""
        stamp = self._stamp()
        if stamp is None or stamp == self._seen:
            return False
        try:
            self.load()
        except CannotListen as error:
            _log.warning("the renewed certificate cannot be used; the old one stays", reason=error.sentence)
            self._seen = stamp  # said once; the next change is looked at again
            return False
        _log.info("the renewed certificate is in use")
        return True

    def _stamp(self) -> object:
        try:
            return [(s.st_ino, s.st_mtime_ns, s.st_size) for s in (path.stat() for path in self._files)]
        except OSError:
            return None


def _empty_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context
