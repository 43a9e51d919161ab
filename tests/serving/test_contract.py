"""Schemathesis: whatever the description allows or not, the answers are those it promises."""

from __future__ import annotations

import collections

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

load_all_checks()

# Schemathesis draws from the random module, which hypothesis warns of.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the .random. module")

PROMISES = [
    CHECKS.get_one(name)
    for name in (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    )
]


def ask_everything(server, cases, photo, modes=tuple(GenerationMode)):
    """Ask every operation with cases that fit its description and with others.

    Returns
    -------
    Counter
        How many answers there were, by method, address and status.
    """
    description = httpx.get(f"{server.url}openapi.json", trust_env=False, timeout=60).json()
    schema = schemathesis.openapi.from_dict(description)
    schema.config.update(base_url=server.url.rstrip("/"))
    answers: collections.Counter[tuple[str, str, int]] = collections.Counter()
    for result in schema.get_all_operations():
        ask_operation(result.ok(), cases, photo, modes, answers)
    return answers


def ask_operation(operation, cases, photo, modes, answers):
    """Ask one operation; addresses that take nothing have few different cases."""
    takes_body = operation.method.upper() == "POST"
    kinds = [operation.as_strategy(generation_mode=mode) for mode in modes]

    @settings(
        max_examples=cases if takes_body else max(2, cases // 20),
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=some.one_of(kinds), readable=some.booleans())
    def ask(case, readable):
        if takes_body and readable and isinstance(case.body, bytes):
            case.body = photo
        response = case.call(timeout=60)
        case.validate_response(response, checks=PROMISES)
        answers[case.method, operation.path, response.status_code] += 1

    ask()


def statuses(answers, path):
    return {status for _, of, status in answers if of == path}


def test_every_answer_is_as_the_description_says(server, photo):
    # Cases that fit the description: making others takes schemathesis seconds.
    answers = ask_everything(server, 6, photo, [GenerationMode.POSITIVE])
    assert answers.total() >= 20 and 200 in statuses(answers, "/v1/detect")


@pytest.mark.slow
def test_every_answer_is_as_the_description_says_in_a_thousand_cases(server, photo):
    answers = ask_everything(server, 600, photo)
    print(dict(answers))
    assert answers.total() >= 1000
    assert {200, 400, 415, 422} <= statuses(answers, "/v1/detect")
    assert not any(status >= 500 for _, _, status in answers)
