"""Readers, licences, passwords and tokens: what is kept, what is refused."""

import re
from datetime import date
from typing import ClassVar

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from config.errors import Conflict, Malformed, NotFound
from worklist.access import passwords
from worklist.access.passwords import check_password, hash_password
from worklist.access.readers import (
    add_licence,
    add_reader,
    has_licence,
    list_readers,
    set_active,
    set_password,
)
from worklist.access.tokens import create_token, find_principal, list_tokens, revoke_token
from worklist.models import AccessToken, Reader

LONG_ENOUGH = "correct horse battery"


@pytest.fixture
def session(room):
    with room.database.write() as session:
        yield session


@pytest.fixture
def ada(session, room):
    return add_reader(session, room.clock, name="Dr Ada", email="ada@example.org", specialty="neuro")


def test_a_token_is_shown_once_and_kept_as_a_hash(session, room, ada):
    secret = create_token(session, room.clock, role="reader", name="Dr Ada")
    assert re.fullmatch(r"ovr_[A-Za-z0-9_-]{43}", secret)
    kept = session.scalars(select(AccessToken)).one()
    assert secret not in {str(value) for value in vars(kept).values()}
    principal = find_principal(session, secret)
    assert (principal.name, principal.role, principal.reader_id, principal.via) == ("Dr Ada", "reader", ada, "token")


def test_two_tokens_are_never_the_same(session, room):
    secrets = {create_token(session, room.clock, role="admin", name="root") for _ in range(20)}
    assert len(secrets) == 20


@pytest.mark.parametrize("role", ["coordinator", "integrator", "admin"])
def test_a_token_of_another_role_needs_no_reader(session, room, role):
    principal = find_principal(session, create_token(session, room.clock, role=role, name="desk"))
    assert (principal.role, principal.reader_id) == (role, None)


def test_a_readers_token_needs_the_reader(session, room):
    with pytest.raises(NotFound):
        create_token(session, room.clock, role="reader", name="Dr Nobody")


@pytest.mark.parametrize(("role", "name"), [("root", "x"), ("admin", ""), ("admin", "x" * 121), ("admin", "a\nb")])
def test_a_token_of_no_role_or_name_is_refused(session, room, role, name):
    with pytest.raises(Malformed):
        create_token(session, room.clock, role=role, name=name)


def test_a_revoked_token_lets_nobody_in(session, room):
    secret = create_token(session, room.clock, role="admin", name="root")
    [token] = list_tokens(session)
    revoke_token(session, room.clock, token.id)
    revoke_token(session, room.clock, token.id)
    assert find_principal(session, secret) is None
    assert list_tokens(session)[0].revoked_at == room.clock()
    with pytest.raises(NotFound):
        revoke_token(session, room.clock, 99)


def test_a_reader_who_is_shut_out_loses_their_tokens_until_let_in_again(session, room, ada):
    secret = create_token(session, room.clock, role="reader", name="Dr Ada")
    set_active(session, name="Dr Ada", active=False)
    assert find_principal(session, secret) is None
    set_active(session, name="Dr Ada", active=True)
    assert find_principal(session, secret) is not None


@pytest.mark.parametrize("secret", ["", "ovr_", "ovr_" + "A" * 43, "x" * 10_000])
def test_an_unknown_token_stands_for_nobody(session, secret):
    assert find_principal(session, secret) is None


def test_the_schema_refuses_a_reader_token_without_reader(room):
    with pytest.raises(IntegrityError), room.database.write() as session:
        session.add(AccessToken(name="x", role="reader", token_hash="0" * 64, created_at=room.clock()))


def test_a_password_is_kept_as_argon2id(session, ada):
    set_password(session, name="Dr Ada", password=LONG_ENOUGH)
    stored = session.get_one(Reader, ada).password_hash
    assert stored.startswith("$argon2id$")
    assert check_password(stored, LONG_ENOUGH)
    assert not check_password(stored, LONG_ENOUGH + " ")


def test_a_hash_costs_what_the_library_advises(costly_hasher):
    assert extract_parameters(costly_hasher.hash(LONG_ENOUGH)) == RFC_9106_LOW_MEMORY


def test_without_a_stored_hash_no_password_fits_not_even_the_fillers(session):
    assert not check_password(None, "nobody has this password")
    assert not check_password("damaged", LONG_ENOUGH)


@pytest.mark.parametrize("known", [True, False])
def test_checking_does_the_same_work_with_and_without_a_reader(monkeypatch, known):
    stored = hash_password(LONG_ENOUGH)

    class Counting(PasswordHasher):
        checked: ClassVar[list] = []

        def verify(self, hash, password):  # noqa: A002
            self.checked.append(extract_parameters(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_HASHER", Counting.from_parameters(extract_parameters(stored)))
    check_password(stored if known else None, "wrong")
    assert Counting.checked == [extract_parameters(stored)]


@pytest.mark.parametrize("password", ["", "x" * 11, "x" * 1025])
def test_a_password_of_the_wrong_length_is_refused(password):
    with pytest.raises(Malformed):
        hash_password(password)


def test_an_overlong_password_does_not_fit_its_beginning():
    assert not check_password(hash_password("x" * 1024), "x" * 1025)


def test_readers_are_listed_with_their_licences(session, room, ada):
    add_licence(session, name="Dr Ada", jurisdiction="us-ma", expires=date(2026, 1, 1))
    add_licence(session, name="Dr Ada", jurisdiction="US-MA", expires=date(2027, 1, 1))
    [reader] = list_readers(session)
    assert (reader.name, reader.specialty, reader.has_password, reader.active) == ("Dr Ada", "neuro", False, True)
    assert [(licence.jurisdiction, licence.expires) for licence in reader.licences] == [("US-MA", date(2027, 1, 1))]


@pytest.mark.parametrize(
    ("jurisdiction", "day", "expected"),
    [
        ("US-MA", date(2026, 1, 1), True),
        ("us-ma", date(2026, 1, 1), True),
        ("US-MA", date(2026, 1, 2), False),
        ("US-NY", date(2025, 1, 1), False),
        ("US", date(2025, 1, 1), False),
        ("DE-BY", date(2025, 1, 1), True),
    ],
)
def test_a_licence_holds_in_its_jurisdiction_to_its_last_day(session, ada, jurisdiction, day, expected):
    add_licence(session, name="Dr Ada", jurisdiction="US-MA", expires=date(2026, 1, 1))
    add_licence(session, name="Dr Ada", jurisdiction="DE", expires=date(2026, 1, 1))
    assert has_licence(session, ada, jurisdiction, day) is expected


@pytest.mark.parametrize("code", ["", "U", "US MA", "US-", "Ü", "US-MASSACHUSETTS"])
def test_what_is_no_jurisdiction_is_refused(session, ada, code):
    with pytest.raises(Malformed):
        add_licence(session, name="Dr Ada", jurisdiction=code, expires=date(2026, 1, 1))


def test_a_readers_name_is_taken_once(session, room, ada):
    with pytest.raises(Conflict):
        add_reader(session, room.clock, name=" Dr Ada ", email="b@example.org")


@pytest.mark.parametrize(("name", "email"), [("", "a@b"), ("x" * 121, "a@b"), ("a\x00b", "a@b"), ("Dr Ben", "nowhere")])
def test_a_reader_needs_a_name_and_an_address(session, room, name, email):
    with pytest.raises(Malformed):
        add_reader(session, room.clock, name=name, email=email)


def test_what_names_no_reader_is_not_found(session):
    with pytest.raises(NotFound):
        set_password(session, name="Dr Nobody", password=LONG_ENOUGH)
