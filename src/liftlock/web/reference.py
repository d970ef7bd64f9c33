"""The page `/api`: every route of the API, made of its OpenAPI document. It runs no script."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import TypeAlias, cast

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

Part: TypeAlias = "Mapping[str, object]"
_METHODS = ("get", "post", "put", "delete")
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Liftlock: the API</title></head><body>
<h1>Liftlock: the API</h1>
<p>A request carries an API key (<code>Authorization: Bearer llk_…</code>) and acts with the rights
of its owner. A platform operator adds <code>?organisation=CODE</code>. A time is a wall-clock time
of the platform's zone, <code>{{"wall": "2026-05-29T22:00"}}</code>, or
<code>{{"soon": true}}</code>. Refusals are problem documents (RFC 9457): <code>code</code> is for
programs, <code>detail</code> for people.</p>
<p>The whole description, for programs: <a href="{document}">{document}</a>.</p>
<table><thead>
<tr><th>Request</th><th>What it does</th><th>In the address</th><th>In the body</th></tr>
</thead><tbody>
{rows}
</tbody></table></body></html>
"""


def add_to(app: FastAPI) -> None:
    """Add the page to an application that has all its routes."""

    def page() -> HTMLResponse:
        policy = {"Content-Security-Policy": "default-src 'none'"}
        return HTMLResponse(written(app.openapi(), app.openapi_url or ""), headers=policy)

    app.add_api_route("/api", page, include_in_schema=False, response_class=HTMLResponse)


def written(document: Part, address: str) -> str:
    """Return the page of an OpenAPI document that is at an address."""
    return _PAGE.format(document=escape(address), rows="\n".join(_rows(document)))


def _rows(document: Part) -> Iterator[str]:
    for path, operations in _part(document, "paths").items():
        for method in _METHODS:
            operation = _part(cast("Part", operations), method)
            if operation:
                named = [f"<code>{escape(n)}</code>" for n in _fields(document, operation)]
                asked = [f"<code>{escape(n)}</code>" for n in _query(operation)]
                yield (
                    f"<tr><td><code>{method.upper()} {escape(path)}</code></td>"
                    f"<td>{escape(str(operation['description']))}</td>"
                    f"<td>{' '.join(asked)}</td><td>{' '.join(named)}</td></tr>"
                )


def _query(operation: Part) -> Iterator[str]:
    for parameter in cast("list[Part]", operation.get("parameters", [])):
        if parameter["in"] == "query":
            yield str(parameter["name"])


def _fields(document: Part, operation: Part) -> Iterator[str]:
    """Return what a body may hold: of each kind of body, its fields."""
    for media, content in _part(_part(operation, "requestBody"), "content").items():
        schema = _part(cast("Part", content), "schema")
        references = cast("list[Part]", schema.get("oneOf", [schema]))
        known = _part(_part(document, "components"), "schemas")
        names = [str(r["$ref"]).rpartition("/")[2] for r in references if "$ref" in r]
        fields = [f for name in names for f in _part(_part(known, name), "properties")]
        yield from dict.fromkeys(fields) if fields else (media,)


def _part(whole: Part, name: str) -> Part:
    return cast("Part", whole.get(name, {}))
