"""`liftlock person …`, `liftlock operator …`: who may do what."""

from typing import Annotated, Literal, TypeAlias

from cyclopts import App, Parameter

from liftlock.cli.output import AsJson, api, show
from liftlock.client import people

app = App(name="person", help="Set up an organisation's people; give and take roles.")
operator = App(name="operator", help="Set up platform operators.")

Login: TypeAlias = Annotated[str, Parameter(help="What the person is called in commands.")]
Role: TypeAlias = Annotated[
    Literal["administrator", "auditor", "publisher", "previewer"], Parameter(help="Which role.")
]
Of: TypeAlias = Annotated[
    Literal["development", "staging", "production"] | None,
    Parameter(help="Which environment, for administrators."),
]
_COLUMNS = ("login", "name", "grants")
_MADE = ("login", "name", "key", "sign_in_code")


@app.command(name="list")
def list_people(*, as_json: AsJson = False) -> None:
    """List the organisation's people and their roles."""
    with api() as connection:
        found = people.list_people(connection)
    show(list(found), as_json=as_json, columns=_COLUMNS)


@app.command
def me(*, as_json: AsJson = False) -> None:
    """Show who you are to Liftlock."""
    with api() as connection:
        show(people.me(connection), as_json=as_json)


@app.command
def add(login: Login, /, *, name: str, email: str = "", as_json: AsJson = False) -> None:
    """Set up a person; their first key and sign-in code are printed, this once.

    The code is for the console, where it takes the place of a password once.

    Args:
        name: What others see.
        email: Where notifications go.
    """
    with api() as connection:
        made = people.put(connection, login, name=name, email=email, grants=())
    show(made, as_json=as_json, columns=() if as_json else _MADE)


@app.command
def code(login: Login, /, *, as_json: AsJson = False) -> None:
    """Give a person a new sign-in code for the console; their password and sessions end."""
    with api() as connection:
        issued = people.issue_code(connection, login)
    show(issued if as_json else issued["sign_in_code"], as_json=as_json)


@app.command
def grant(login: Login, role: Role, /, *, of: Of = None, as_json: AsJson = False) -> None:
    """Give a person a role besides what they have."""
    given = {"role": role} if of is None else {"role": role, "environment": of}
    with api() as connection:
        changed = people.put(connection, login, name="", grants=[given])
    show(changed, as_json=as_json, columns=() if as_json else _COLUMNS)


@app.command
def revoke(login: Login, role: Role, /, *, of: Of = None, as_json: AsJson = False) -> None:
    """Take a role away; it counts from the next call on."""
    with api() as connection:
        changed = people.revoke(connection, login, role, of)
    show(changed, as_json=as_json, columns=() if as_json else _COLUMNS)


@operator.command(name="list")
def list_operators(*, as_json: AsJson = False) -> None:
    """List the platform's operators."""
    with api() as connection:
        found = people.list_operators(connection)
    show(list(found), as_json=as_json, columns=("login", "name"))


@operator.command(name="add")
def add_operator(login: Login, /, *, name: str, email: str = "", as_json: AsJson = False) -> None:
    """Set up another platform operator; first key and sign-in code are printed, this once.

    Args:
        name: What others see.
        email: Where notifications go.
    """
    with api() as connection:
        made = people.add_operator(connection, login, name=name, email=email)
    show(made, as_json=as_json, columns=() if as_json else _MADE)


@operator.command(name="code")
def operators_code(login: Login, /, *, as_json: AsJson = False) -> None:
    """Give a platform operator a new sign-in code; their password and sessions end."""
    with api() as connection:
        issued = people.issue_operators_code(connection, login)
    show(issued if as_json else issued["sign_in_code"], as_json=as_json)


@operator.command(name="revoke")
def revoke_operator(login: Login, /, *, as_json: AsJson = False) -> None:
    """Take a platform operator's role away; the last one's stays."""
    with api() as connection:
        changed = people.revoke_operator(connection, login)
    show(changed, as_json=as_json, columns=() if as_json else _COLUMNS)
