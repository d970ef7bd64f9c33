"""How often one may try, that guesses at once do not count as one, and what is forgotten."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from pydantic import SecretStr

from liftlock.books import Books, Transaction
from liftlock.domain.people import Person
from liftlock.domain.sessions import Lifetime
from liftlock.domain.sign_ins import (
    MOST_TRIES_A_LOGIN,
    MOST_TRIES_AN_ADDRESS,
    WITHIN,
    SignInRefused,
    SignInUnderWay,
    TooManyTries,
)
from liftlock.identity import local_passwords
from liftlock.identity.local_passwords import LocalPasswords, LoginAndSecret
from liftlock.services import people, sessions, sign_ins, submissions
from liftlock.services.sessions import Visitor
from liftlock.store import passwords
from liftlock.store.master_keys import MasterKey
from own_books import at

PASSWORD = "correct horse battery staple"  # noqa: S105  of nobody
LIFETIME = Lifetime(idle=timedelta(hours=1), whole=timedelta(hours=8))


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(local_passwords, "HASHER", cheap)


@pytest.fixture(autouse=True)
def password(books: Books, operator: Person) -> None:
    with books.transaction() as tx:
        passwords.save(tx, operator.id, local_passwords.hash_of(SecretStr(PASSWORD)))


def tried(
    tx: Transaction, login: str, secret: str = PASSWORD, address: str = "192.0.2.1"
) -> SecretStr | SignInRefused | SignInUnderWay | TooManyTries:
    proof = LoginAndSecret(login=login, secret=SecretStr(secret))
    return sign_ins.sign_in(tx, LocalPasswords(), proof, Visitor(address=address, browser=""))


def test_the_address_counts_over_all_names(books: Books, operator: Person) -> None:
    for number in range(MOST_TRIES_AN_ADDRESS):
        with books.transaction() as tx:
            _ = tried(tx, f"nobody{number}")
    with books.transaction() as tx:
        assert isinstance(tried(tx, operator.login), TooManyTries)
        assert isinstance(tried(tx, operator.login, address="192.0.2.2"), SecretStr)


def test_who_signs_in_begins_to_count_anew(books: Books, operator: Person) -> None:
    for _ in range(2):
        for _ in range(MOST_TRIES_A_LOGIN - 1):
            with books.transaction() as tx:
                assert isinstance(tried(tx, operator.login, "wrong"), SignInRefused)
        with books.transaction() as tx:
            assert isinstance(tried(tx, operator.login), SecretStr)


def test_after_a_while_one_may_try_again(
    books: Books, books_url: SecretStr, master_key: MasterKey, operator: Person
) -> None:
    for _ in range(MOST_TRIES_A_LOGIN - 1):
        with books.transaction() as tx:
            _ = tried(tx, operator.login, "wrong")
    with books.transaction() as tx:
        _ = tried(tx, operator.login, "wrong")
        now = tx.now
    with at(books_url, master_key, now + WITHIN - timedelta(minutes=1)) as tx:
        assert isinstance(tried(tx, operator.login), TooManyTries)
    with at(books_url, master_key, now + WITHIN) as tx:
        assert isinstance(tried(tx, operator.login), SecretStr)


def test_guesses_at_once_are_made_one_after_the_other(books: Books, operator: Person) -> None:
    with books.transaction() as first, books.transaction() as second:
        assert isinstance(tried(first, operator.login, "wrong"), SignInRefused)
        assert isinstance(tried(second, operator.login), SignInUnderWay)
        assert isinstance(tried(second, "somebody-else"), SignInRefused)


def test_what_was_typed_as_a_name_is_not_in_the_books(books: Books) -> None:
    with books.transaction() as tx:
        _ = tried(tx, "my secret typed into the wrong field")
        rows = tx.connection.execute("SELECT sign_ins::text FROM sign_ins").fetchall()
    assert len(rows) == 1
    assert "secret" not in str(rows)


def test_old_sessions_and_tries_are_forgotten(
    books: Books, books_url: SecretStr, master_key: MasterKey, operator: Person
) -> None:
    with books.transaction() as tx:
        _ = tried(tx, "nobody")
        token = tried(tx, operator.login)
        now = tx.now
    assert isinstance(token, SecretStr)
    with at(books_url, master_key, now + sessions.FORGOTTEN + timedelta(seconds=1)) as tx:
        assert sessions.resume(tx, token, LIFETIME) is None
        _ = tried(tx, operator.login)
        counts = "SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM sign_ins)"
        assert tx.connection.execute(counts).fetchone() == (1, 0)


def test_a_session_is_found_while_it_lasts_and_seen_again(
    books: Books, books_url: SecretStr, master_key: MasterKey, operator: Person
) -> None:
    with books.transaction() as tx:
        token = tried(tx, operator.login)
        now = tx.now
    assert isinstance(token, SecretStr)
    for minutes in (59, 118, 177):
        with at(books_url, master_key, now + timedelta(minutes=minutes)) as tx:
            found = sessions.resume(tx, token, LIFETIME)
            assert found is not None
            assert found[0].id == operator.id
    with at(books_url, master_key, now + timedelta(minutes=237)) as tx:
        assert sessions.resume(tx, token, LIFETIME) is None


def test_a_form_counts_for_the_person_who_sent_it(books: Books, operator: Person) -> None:
    with books.transaction() as tx:
        other, _ = people.add(tx, operator, None, login="oscar", name="Oscar")
        assert submissions.taken(tx, operator, "token") is None
        submissions.answered(tx, "token", "/moves/1")
        assert submissions.taken(tx, operator, "token") == "/moves/1"
        assert submissions.taken(tx, other, "token") == "/"
        submissions.not_taken(tx, "token")
        assert submissions.taken(tx, operator, "token") is None
