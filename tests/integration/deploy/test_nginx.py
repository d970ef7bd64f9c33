"""The reverse proxy of `deploy/nginx.conf`, as it is but for addresses, before a real `serve`."""

import shutil
import ssl
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import trustme

from acme_books import Acme
from eventually import eventually
from liftlock import bootstrap
from liftlock.demo.environments import free_port
from liftlock.identity.providers import Identified
from liftlock.services import sessions
from liftlock.services.sessions import Visitor
from liftlock.settings import Settings
from past_moves import running, step_begins
from served import listening

CONFIGURATION = Path(__file__).parents[3] / "deploy/nginx.conf"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
AROUND = """
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{site}
}}
"""
SPOOFED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxied:
    """A running proxy before a running `serve`."""

    acme: Acme
    plain: str
    http: httpx.Client


@pytest.fixture
def proxied(acme: Acme, tmp_path: Path) -> Generator[Proxied]:
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    trusting = ssl.create_default_context(cafile=tmp_path / "authority.pem")
    settings = Settings(home=acme.store.root.parent, module_store=acme.store.root)
    with listening(bootstrap.web_app(acme.books, settings), "127.0.0.1") as url:
        plain, secure = free_port(8580), free_port(8680)
        with (
            nginx(tmp_path, url, plain, secure),
            httpx.Client(base_url=f"https://localhost:{secure}", verify=trusting) as http,
        ):
            yield Proxied(acme=acme, plain=f"http://localhost:{plain}", http=http)


@contextmanager
def nginx(folder: Path, behind: str, plain: int, secure: int) -> Generator[None]:
    assert NGINX, "Debian's package nginx is missing: scripts/debian-packages installs it"
    site = CONFIGURATION.read_text()
    for there, here in (
        ("server 127.0.0.1:8550;", f"server {urlsplit(behind).netloc};"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{secure} ssl;"),
        ("server_name liftlock.example.org;", "server_name localhost;"),
        ("/etc/ssl/liftlock/fullchain.pem", f"{folder}/both.pem"),
        ("/etc/ssl/liftlock/privkey.pem", f"{folder}/both.pem"),
    ):
        assert there in site
        site = site.replace(there, here)
    user = "user root;" if Path(folder).owner() == "root" else ""
    whole = folder / "nginx.conf"
    _ = whole.write_text(AROUND.format(folder=folder, user=user, site=site))
    argv = [NGINX, "-p", str(folder), "-c", str(whole), "-g", "daemon off;"]
    with subprocess.Popen(argv, stderr=subprocess.PIPE, text=True) as process:
        try:
            _ = eventually((folder / "nginx.pid").exists)
            yield
        finally:
            process.terminate()


def session_of(proxied: Proxied) -> dict[str, str]:
    with proxied.acme.books.transaction() as tx:
        identified = Identified(person=proxied.acme.ana.id, must_set_password=False)
        token = sessions.begin(tx, identified, Visitor(address="192.0.2.1", browser="Tests"))
    return {"Cookie": f"__Host-liftlock-session={token.get_secret_value()}"}


def test_people_are_sent_to_https_and_get_cookies_for_it_alone(proxied: Proxied) -> None:
    sent = httpx.get(f"{proxied.plain}/sign-in")
    assert (sent.status_code, sent.headers["location"]) == (301, "https://localhost/sign-in")
    page = proxied.http.get("/sign-in", headers=SPOOFED)
    assert page.status_code == 200
    cookies = page.headers.get_list("set-cookie")
    assert cookies
    assert all(each.startswith("__Host-") and "Secure" in each for each in cookies)
    assert "max-age" in page.headers["strict-transport-security"]
    assert "server" not in page.headers or "uvicorn" not in page.headers["server"]


def test_what_a_visitor_says_about_an_address_is_written_over(proxied: Proxied) -> None:
    page = proxied.http.get("/sign-in")
    token = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    assert token
    form = {"login": "nobody", "password": "wrong", "csrf": token}
    answer = proxied.http.post("/sign-in", data=form, headers=SPOOFED)
    assert answer.status_code < 500
    with proxied.acme.books.transaction() as tx:
        tried = tx.connection.execute("SELECT address FROM sign_ins").fetchall()
    assert tried == [("127.0.0.1",)]


@pytest.mark.parametrize("path", ["/metrics", "/live", "/ready"])
def test_what_is_for_machines_is_not_passed_on(proxied: Proxied, path: str) -> None:
    assert proxied.http.get(path).status_code == 404


def test_events_come_through_when_they_happen(proxied: Proxied) -> None:
    move = running(proxied.acme).id
    headers = session_of(proxied)
    page = proxied.http.get(f"/moves/{move}", headers=headers)
    mark = page.text.partition("/events?mark=")[2].partition('"')[0]
    assert mark, page.status_code
    with proxied.http.stream("GET", f"/moves/{move}/events?mark={mark}", headers=headers) as stream:
        lines = stream.iter_lines()
        assert stream.headers["content-type"].startswith("text/event-stream")
        hears(lines, "It has begun")
        step_begins(proxied.acme, move, "copy_and_mask")
        hears(lines, "Copy and mask is running")


def hears(lines: Iterator[str], text: str) -> None:
    assert any(text in line for line in lines)
