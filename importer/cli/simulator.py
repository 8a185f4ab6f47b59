"""``case-importer simulator``."""

from __future__ import annotations

from pathlib import Path

import click

from importer.cli.options import PATH, place_options
from importer.cli.printing import say
from importer.model.errors import Exit


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="P", help="Port; default: a free one."
)
@click.option("--latency", metavar="50ms", help="How long each answer takes.")
@click.option("--faults", metavar="SPEC", help="Faults to make, as importer/simulator/README.md lists them.")
@click.option("--seed", type=int, metavar="N", help="Seed of the faults; it is printed.")
@click.option("--credentials", metavar="USER:PASSWORD", help="Take only these; default: any.")
@click.option("--jwt-key", type=PATH, metavar="FILE", help="Certificate that JWT bearer sign-ins must fit.")
@place_options
def simulator(
    port: int,
    latency: str | None,
    faults: str | None,
    seed: int | None,
    credentials: str | None,
    jwt_key: Path | None,
    connections: Path | None,
    state: Path | None,
) -> int:
    """Run the stand-in servers for Salesforce and IBM Case Manager until Ctrl-C.

    They keep their records in the state folder: what `--connection simulator` has loaded is on their page.
    """
    from importer.api.opening import find_place
    from importer.api.options import Where
    from importer.api.stand_in import StandIn

    folder = find_place(Where("simulator", connections, state)).state
    given = {
        "--latency": latency,
        "--faults": faults,
        "--seed": seed,
        "--credentials": credentials,
        "--jwt-key": jwt_key,
    }
    arguments = ["--port", str(port)]
    for name, value in given.items():
        if value is not None:
            arguments += [name, str(value)]
    with StandIn(folder, arguments) as stand_in:
        address = stand_in.start()
        if address.running:
            say(f"Error: a simulator is running on this store already, at {address.url}.")
            return Exit.CANNOT_RUN
        click.echo(f"The simulator listens at {address.url} (seed of its faults: {address.seed}).")
        click.echo(f"Its records: {address.page}")
        click.echo("Ctrl-C ends it; the records stay.")
        try:
            return stand_in.wait()
        except KeyboardInterrupt:
            return Exit.DONE
