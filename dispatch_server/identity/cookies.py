"""The cookies of a browser: its session, and one for each account that says that it was signed in here before."""

from hashlib import sha256

from fastapi import Request, Response

from dispatch_server.identity.guard import cookie_name, is_secure
from dispatch_server.identity.password_sign_in import Knock, SignedIn

DEVICE = "device"
SECURE_DEVICE = "__Host-device"
_LONGEST = 64


def set_session(request: Request, response: Response, secret: str) -> None:
    """Ends with the browser; the server ends it earlier."""
    response.set_cookie(
        cookie_name(request), secret, httponly=True, samesite="strict", secure=is_secure(request), path="/"
    )


def drop_session(request: Request, response: Response) -> None:
    response.delete_cookie(cookie_name(request), httponly=True, samesite="strict", secure=is_secure(request), path="/")


def knock_of(request: Request, account: str) -> Knock:
    secret = request.cookies.get(device_cookie(request, account), "")
    address = request.client.host if request.client is not None else ""
    return Knock(address, secret if len(secret) <= _LONGEST else "", browser_of(request))


def browser_of(request: Request) -> str:
    """What the browser says of itself, without what no screen shows: it is kept, and shown to its owner."""
    return "".join(one for one in request.headers.get("user-agent", "") if one.isprintable())[:200]


def set_device(request: Request, response: Response, signed_in: SignedIn, max_age_s: int) -> None:
    """
    One for each account, and a new secret where there was none: who signs in here as somebody else, or takes this
    browser's cookie of another account away, has nothing by which to lock this account here.
    """
    response.set_cookie(
        device_cookie(request, signed_in.account),
        signed_in.device,
        max_age=max_age_s,
        httponly=True,
        samesite="strict",
        secure=is_secure(request),
        path="/",
    )


def device_cookie(request: Request, account: str) -> str:
    """The account stands in it as a digest: cookies are written into more logs than one thinks."""
    digest = sha256(account.strip().lower().encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{SECURE_DEVICE if is_secure(request) else DEVICE}-{digest}"
