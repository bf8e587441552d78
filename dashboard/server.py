"""The dashboard as a server: Streamlit with a content security policy, so that nothing from elsewhere is ever loaded.

`streamlit run dashboard/server.py -- PATH...` starts it by hand; `app.py` alone works too, without the policy.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, MutableMapping
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "frame-src": "'none'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

SETTINGS = b"window.__streamlit = {BACKEND_BASE_URL: window.location.origin};\n"
"""Tells the page where its server is; else it looks for one below every page's own address first, and errs."""

_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


class Guard:
    """Answers to its own names only; adds the policy to every answer, and `SETTINGS` to the page."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        allowed = st.get_option("server.allowedHosts")
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").rpartition(":")
        if allowed and (host[0] or host[2]) not in allowed:
            await Response("This name is not the dashboard's.", 421)(scope, receive, send)
            return
        # A page may come compressed, or not at all if the browser has it; ours is small, so it is sent as it is.
        unwanted = (b"accept-encoding", b"if-none-match", b"if-modified-since")
        plain = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in unwanted]}
        wants_page = b"text/html" in dict(scope["headers"]).get(b"accept", b"")
        start: Message = {}
        body = b""

        async def answer(message: Message) -> None:
            nonlocal body
            if message["type"] == "http.response.start":
                start.update(message)
                if not _is_page(message):
                    await send({**message, "headers": [*message["headers"], *_headers(b"")]})
                return
            if not _is_page(start):
                await send(message)
                return
            body += message.get("body", b"")
            if not message.get("more_body", False):
                page = body.replace(b"<head>", b'<head><script src="/labelqa.js"></script>', 1)
                kept = [pair for pair in start["headers"] if pair[0].lower() not in (b"content-length", b"etag")]
                length = (b"content-length", str(len(page)).encode())
                await send({**start, "headers": [*kept, length, *_headers(page)]})
                await send({"type": "http.response.body", "body": page})

        await self._app(plain if wants_page else scope, receive, answer)


def _is_page(start: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in start.get("headers", [])
    )


def _headers(page: bytes) -> list[tuple[bytes, bytes]]:
    """Give the policy; what Streamlit itself writes into its page may run."""
    digests = [base64.b64encode(hashlib.sha256(code).digest()).decode() for code in _INLINE.findall(page)]
    allowed = "".join(f" 'sha256-{digest}'" for digest in digests)
    policy = {**POLICY, "script-src": POLICY["script-src"] + allowed}
    said = "; ".join(f"{name} {value}" for name, value in policy.items())
    return [
        (b"content-security-policy", said.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
    ]


async def _settings(_request: Any) -> Response:
    return Response(SETTINGS, media_type="text/javascript")


def _ready() -> None:
    """Import what every page needs and takes long, while the browser opens."""
    for name in ("polars", "pandas", "pyarrow", "altair"):
        import_module(name)


Thread(target=_ready, daemon=True).start()
app = st.App(
    Path(__file__).with_name("app.py"), routes=[Route("/labelqa.js", _settings)], middleware=[Middleware(Guard)]
)
