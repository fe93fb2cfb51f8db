"""Measure speed, memory and traffic: ``python Forge.py bench``."""

import json

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quick", is_flag=True, help="Take seconds; the figures only show that it works.")
@click.option(
    "--skill", is_flag=True, help="Print instead how long the learner takes to reach a skill."
)
@click.option(
    "--scale",
    is_flag=True,
    help="Print instead the cost of an agent among 128 … 65 535 in 1 … 100 realms.",
)
@click.option("--saga", is_flag=True, help="Print instead what the systems of Saga cost.")
@click.option(
    "--watched", is_flag=True, help="Print instead the cost of a viewer beside a run, to the run."
)
def bench(as_json: bool, quick: bool, **wanted: bool) -> None:
    """Measure speed, memory and traffic on this machine; takes some minutes.

    The setting is fixed: Law, 16 realms of 128 agents, all places living, one population, 32 hidden
    units, after 500 ticks. An agent-step is one living agent's tick. Figures are medians of 7 runs,
    interleaved, so that a busy moment of the machine does not fall on one of them alone.

    With --skill the default learner trains from nothing, in Law with one population, on all cores:
    seconds to a mean lifetime of 60 and of 100, medians of 3 seeds.

    With --scale the world alone is measured: Law's density on larger maps, agents spread evenly,
    the processor's time per agent of tick and observe, start and memory.

    With --saga worlds with all systems are measured on one core, beside Law and Chaos, all slots of
    agents living: the processor's time for tick and observe, driven by scripted agents that do all
    that can be done there and by agents that choose at random, and for training with pg and 32
    units; what agents observe, memory.

    With --watched a run in one process trains alone and with somebody watching, in turn: time and
    the run's own processor time per agent-step. It needs the viewer's page.
    """
    chosen = [name for name, flag in wanted.items() if flag]
    if len(chosen) > 1:
        names = " and ".join(f"--{name}" for name in chosen)
        raise click.UsageError(f"{names} are benchmarks of their own: give one of them")
    figures, page = (_OTHERS[chosen[0]] if chosen else _speed)(quick)
    click.echo(json.dumps(figures, indent=2) if as_json else page)


def _speed(quick: bool) -> tuple[object, str]:
    from forge.cli.bench.measure import measure
    from forge.cli.bench.plan import full_plan, quick_plan

    plan = quick_plan() if quick else full_plan()
    figures = measure(plan, _say)
    from forge.cli.bench.pages import page  # late, as its imports would be measured too

    return figures, page(figures, plan)


def _skill(quick: bool) -> tuple[object, str]:
    from forge.cli.bench.plan import full_plan, quick_plan
    from forge.cli.bench.skill import measure_skill

    plan = quick_plan() if quick else full_plan()
    figures = measure_skill(plan, _say)
    from forge.cli.bench.pages import skill_page

    return figures, skill_page(figures, plan)


def _scale(quick: bool) -> tuple[object, str]:
    from forge.cli.bench.scale import ScalePlan, measure_scale, quick_scale_plan

    figures = measure_scale(quick_scale_plan() if quick else ScalePlan(), _say)
    from forge.cli.bench.pages import scale_page

    return figures, scale_page(figures)


def _saga(quick: bool) -> tuple[object, str]:
    from forge.cli.bench.systems import SagaPlan, measure_saga, quick_saga_plan

    figures = measure_saga(quick_saga_plan() if quick else SagaPlan(), _say)
    from forge.cli.bench.pages import saga_page

    return figures, saga_page(figures)


def _watched(quick: bool) -> tuple[object, str]:
    from forge.cli.bench.pages import watched_page
    from forge.cli.bench.plan import full_plan, quick_plan
    from forge.cli.bench.watched import measure_watched

    figures = measure_watched(quick_plan() if quick else full_plan(), _say)
    return figures, watched_page(figures)


_OTHERS = {"skill": _skill, "scale": _scale, "saga": _saga, "watched": _watched}


def _say(text: str) -> None:
    """Report the progress."""
    click.echo(text, err=True)
