"""Made-up requests to every operation of the described API: no bug, and every answer as described.

Here a few for each; `make fuzz-api` sends many more (LIFTLOCK_TEST_FUZZ says how many).
"""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzzing import Case, Operation, cases, conformance, operations
from served import Served

EXAMPLES = int(os.environ.get("LIFTLOCK_TEST_FUZZ", "3"))
WHO = ("operator", "dora", "cem")
LOSES_A_KEY = "/api/v1/keys/{key}"
HEALTH = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
SOMETHING_ELSE_IS_AWAY = 503


def fuzz(served: Served, operation: Operation) -> None:
    """Send requests that the operation's description allows, and some that it does not."""
    everybody = ("pat",) if operation.path == LOSES_A_KEY else WHO

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
        suppress_health_check=HEALTH,
    )  # fmt: skip
    @given(case=cases(operation), who=st.sampled_from(everybody))
    def send(case: Case, who: str) -> None:
        answer = case.call(headers=served.authorization(who), timeout=30)
        is_bug = answer.status_code >= 500 and answer.status_code != SOMETHING_ELSE_IS_AWAY
        assert not is_bug, (case.as_curl_command(), answer.text)
        case.validate_response(answer, checks=conformance())

    send()


@pytest.mark.timeout(3600)
def test_nothing_that_can_be_sent_meets_a_bug(served: Served, subtests: pytest.Subtests) -> None:
    count = 0
    for operation in operations(f"{served.url}/api/v1/openapi.json"):
        count += 1
        with subtests.test(f"{operation.method.upper()} {operation.path}"):
            fuzz(served, operation)
    assert count > 55
