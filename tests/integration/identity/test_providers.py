"""What every identity provider must do; local passwords are the first."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from liftlock.books import Books, Transaction
from liftlock.domain.people import Person
from liftlock.identity import local_passwords
from liftlock.identity.local_passwords import LocalPasswords, LoginAndSecret
from liftlock.identity.providers import Identified, IdentityProvider
from liftlock.store import passwords

PASSWORD = SecretStr("correct horse battery staple")


def proof(login: str, secret: SecretStr = PASSWORD) -> LoginAndSecret:
    return LoginAndSecret(login=login, secret=secret)


@pytest.fixture
def provider(
    books: Books, operator: Person
) -> Callable[[Transaction, str, SecretStr], Identified | None]:
    """A provider that knows the operator by `PASSWORD`."""
    with books.transaction() as tx:
        passwords.save(tx, operator.id, local_passwords.hash_of(PASSWORD))
    local: IdentityProvider[LoginAndSecret] = LocalPasswords()
    return lambda tx, login, secret: local.identify(tx, proof(login, secret))


def test_it_knows_whom_the_proof_belongs_to(
    books: Books,
    operator: Person,
    provider: Callable[[Transaction, str, SecretStr], Identified | None],
) -> None:
    with books.transaction() as tx:
        assert provider(tx, operator.login, PASSWORD) == Identified(person=operator.id)
        assert provider(tx, operator.login, SecretStr("wrong")) is None
        assert provider(tx, "nobody", PASSWORD) is None
        assert provider(tx, "", SecretStr("")) is None


def test_of_a_password_the_books_have_an_argon2id_hash_with_a_salt_of_its_own() -> None:
    first, second = (local_passwords.hash_of(PASSWORD) for _ in range(2))
    assert first.startswith("$argon2id$")
    assert "m=65536,t=3" in first
    assert first != second
    assert PASSWORD.get_secret_value() not in first


def test_a_code_is_typed_in_any_way() -> None:
    code = local_passwords.new_code()
    typed = code.get_secret_value().upper().replace("-", " ")
    assert local_passwords.code_digest(SecretStr(typed)) == local_passwords.code_digest(code)
