"""Summaries by hand."""

from forge.ethyr.summary import Summary


def summary(epoch=3, populations=2, mean=31.25):
    deaths = {"lava": 3, "starved": 2, "dehydrated": 1, "slain": 0}  # of each population
    return Summary(
        epoch=epoch,
        agent_steps=12_345,
        agent_steps_per_s=4_321.5,
        seconds=75.2,
        mean_completed_lifetime=mean,
        lives=7 * populations,
        living=16 * populations,
        deaths={cause: count * populations for cause, count in deaths.items()},
        populations={
            "mean_completed_lifetime": [mean] * populations,
            "lives": [7] * populations,
            "living": [16] * populations,
            "harvests": [1200] * populations,
            "drinks": [5] * populations,
            "deaths": {cause: [count] * populations for cause, count in deaths.items()},
        },
    )
