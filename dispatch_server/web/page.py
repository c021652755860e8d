"""The console's files, with its first page for every address that a person may type; a plain page when not built."""

from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse

from dispatch_server.settings import ServerSettings

_PACKAGED = Path(__file__).parent / "console"
_BUILT = Path(__file__).parents[2] / "web_console" / "dist"
_NOT_BUILT = """<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><title>控制台尚未构建</title>
<h1>控制台尚未构建</h1>
<p>服务器正在运行，但没有找到控制台文件。请在项目目录中执行 <code>make run</code>，
或 <code>npm --prefix web_console ci &amp;&amp; npm --prefix web_console run build</code>，然后重新启动服务器。</p>
<h1 lang="en">The console is not built</h1>
<p lang="en">The server runs, but its console was not found. Run <code>make run</code> in the project's folder, then
start the server again.</p>
</html>
"""


def console_folder(settings: ServerSettings) -> Path | None:
    """Where the built console is: as the settings say, in the installed package, or in this source tree."""
    places = [Path(settings.console_folder)] if settings.console_folder else [_PACKAGED, _BUILT]
    return next((place for place in places if (place / "index.html").is_file()), None)


def serve_console(app: FastAPI, settings: ServerSettings) -> None:
    """Last of all routes: what no other one answers."""
    folder = console_folder(settings)
    if folder is not None:
        app.frontend("/", directory=folder, fallback="index.html")
        return

    async def not_built(_: Request) -> HTMLResponse:
        return HTMLResponse(_NOT_BUILT, 503, {"Retry-After": "60"})

    app.add_route("/", not_built, include_in_schema=False)
