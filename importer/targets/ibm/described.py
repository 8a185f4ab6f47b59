"""The case type as the server describes it, and options that have no place in its version (facts §2.3)."""

from __future__ import annotations

from urllib.parse import quote

from importer.model.errors import TargetError
from importer.model.schema import Schema
from importer.settings import ConnectionSettings
from importer.targets.ibm.casetype import flattened, read_schema
from importer.targets.ibm.encode import CreateOptions
from importer.targets.ibm.server import Server, refused
from importer.targets.json_body import decode


async def read_case_type(server: Server, options: CreateOptions, settings: ConnectionSettings) -> Schema:
    """Return the case type of ``options``.

    Raises TargetError when it is not there, or the user may not create cases of it.
    """
    case_type, store = options.case_type, options.object_store
    await server.check_right(case_type, store)
    name, query = quote(case_type, safe=""), f"TargetObjectStore={quote(store, safe='')}"
    answer = await server.read(f"/v1/casetype/{name}?{query}", f"read case type {case_type}")
    document = decode(answer.body)
    if options.version == "v2" and not (answer.status == 200 and isinstance(document, dict)):
        # v1 says more of a case type; where it is not served, v2 says less (facts §4.2).
        answer = await server.read(f"/v2/casetype/{name}/properties?{query}", f"read case type {case_type}")
        document = flattened(decode(answer.body))
    if answer.status == 200 and isinstance(document, dict):
        # What v2 wants of business objects is not documented (facts §5): there they stay refused.
        objects = settings.business_objects if options.version == "v1" else ()
        return read_schema(case_type, document, by_label=settings.choice_labels, objects=objects)
    if answer.status == 404:
        raise TargetError(
            "NO_SUCH_CASE_TYPE",
            f"Object store {store} has no case type {case_type}.",
            "Check case_type and object_store in the mapping, and object_store of the connection.",
        )
    raise refused(server.where, answer)


def check_options(options: CreateOptions) -> None:
    """Refuse what v2 has no place for: its schema of a create has three keys (Swagger 25.0.1)."""
    given = {
        "return_updates": options.return_updates,
        "external_data_identifier": options.external_data_identifier is not None,
        "client_context": options.client_context,
    }
    idle = [name for name, used in given.items() if used]
    if options.version == "v2" and idle:
        raise TargetError(
            "OPTION_NOT_IN_V2",
            f"CASEREST v2 does not take {' and '.join(idle)}, which the mapping's options name.",
            'Remove them there, or set api_version = "v1" in the connection.',
        )
