"""IBM's error bodies (facts §3.1). Ids that are unknown are clearly fake: FNRPA9…."""

from __future__ import annotations

from typing import Any

from importer.simulator.http import Reply

JSON = "application/json;charset-UTF-8"
"""The content type as IBM documents it, misprint and all: clients should look at its start only."""


class RefusalError(Exception):
    """A request is refused with a user message."""

    def __init__(self, status: int, unique_id: str, text: str, causes: tuple[str, ...] = ()) -> None:
        super().__init__(unique_id)
        self.status = status
        self.unique_id = unique_id
        self.text = text
        self.causes = causes

    def reply(self) -> Reply:
        """Return the answer that says so."""
        message = {
            "UniqueId": self.unique_id,
            "Text": f"{self.unique_id} {self.text}",
            "Severity": "ERROR",
            "Explanation": "",
            "UserResponse": "",
        }
        body: dict[str, Any] = {"UserMessage": message, "UnderlyingDetails": {"Causes": list(self.causes)}}
        return Reply.json(self.status, body, JSON)


MESSAGES = {
    "FNRPA9001E": "The parameter {name} is required.",
    "FNRPA9002E": "The request body is not valid JSON: {detail}.",
    "FNRPA9003E": "The value of the parameter {name} is not valid: {detail}.",
    "FNRPA9004E": "The case type {name} was not found.",
    "FNRPA9005E": "The object store {name} was not found.",
    "FNRPA9006E": "The case {name} was not found.",
    "FNRPA9007E": "The solution {name} was not found or has no case types.",
    "FNRPA9008E": "The resource {name} was not found.",
    "FNRPA9009E": "The method {name} is not supported here.",
    "FNRPA9010E": "The property {name} does not exist in the case type {case_type}.",
    "FNRPA9011E": "The value of the property {name} is not of the type {detail}.",
    "FNRPA9012E": "The property {name} is required.",
    "FNRPA9013E": "The value of the property {name} has {length} characters; at most {limit} are allowed.",
    "FNRPA9014E": "The value {value} of the property {name} is outside of {minimum} to {maximum}.",
    "FNRPA9015E": "The value {value} of the property {name} is not in the choice list {detail}.",
    "FNRPA9016E": "The property {name} is read-only.",
    "FNRPA9017E": "The property {name} takes {detail}.",
    "FNRPA9018E": "The property {name} is given more than once.",
    "FNRPA9019E": "The property {name} takes each value once; {value} is given twice.",
    "FNRPA9020E": "The value of the property {name} is not unique.",
    "FNRPA9021E": "You are not allowed to create cases of the type {name}.",
    "FNRPA9022E": "Refused: on a real server, casetype deletes EVERY case of that type.",
    "FNRPA9500E": "An unexpected error occurred.",
}
"""Text of each fake id."""


def refused(status: int, unique_id: str, *causes: str, **names: object) -> RefusalError:
    """Return the refusal with the fake id ``unique_id``."""
    return RefusalError(status, unique_id, MESSAGES[unique_id].format(**names), causes)
