"""Measure speed, memory and traffic: ``python Forge.py bench``."""

import json

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quick", is_flag=True, help="Take seconds: shows that it works, not how fast.")
def bench(as_json: bool, quick: bool) -> None:
    """Measure speed, memory and traffic on this machine; takes some minutes.

    The setting is fixed: Law, 16 realms of 128 agents, all places living, one population, 32 hidden
    units, after 500 ticks. An agent-step is one living agent's tick. Figures are medians of 7 runs,
    interleaved, so that a busy moment of the machine does not fall on one of them alone.
    """
    from forge.cli.bench.measure import measure
    from forge.cli.bench.plan import full_plan, quick_plan
    from forge.cli.bench.report import page

    plan = quick_plan() if quick else full_plan()
    figures = measure(plan, lambda text: click.echo(text, err=True))
    click.echo(json.dumps(figures, indent=2) if as_json else page(figures, plan))
