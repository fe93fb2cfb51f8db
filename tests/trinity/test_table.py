"""The table of populations: what it counts, and what it leaves out where there is no room."""

import pytest

from forge.blade.tiles import CAUSES
from forge.ethyr.summary import Summary
from forge.trinity.table import Row, Window, columns, is_complete, packed, shares, written
from tests.trinity.summaries import summary


def window(*summaries):
    made = Window()
    for each in summaries:
        made.add(each)
    return made


def test_counts_are_of_the_last_ten_epochs_as_lives_are():
    rows = window(*(summary(epoch) for epoch in range(1, 13))).rows()
    assert [row.cells["harvests"] for row in rows] == ["12,000", "12,000"]  # 10 × 1200
    assert rows[0].cells["drinks"] == "50"


def test_the_total_sums_up_all_populations():
    cells = window(summary(), summary()).total().cells
    assert cells == {
        "completed": "31.2", "lives": "14", "living": "32", "harvests": "4,800",
        "drinks": "20", "lava": "50 %", "starved": "33 %", "dehydrated": "17 %", "slain": "0 %",
    }  # fmt: skip


def test_causes_are_shares_of_all_deaths():
    deaths = dict.fromkeys(CAUSES, 0) | {"lava": 1, "slain": 7}
    assert shares([deaths], ("lava", "starved")) == {"lava": "12 %", "starved": "0 %"}
    assert shares([], ("lava",)) == {"lava": "-"}


def test_records_of_older_versions_lack_causes_of_each_population_only():
    old = summary()
    del old["populations"]["deaths"]
    made = window(old, summary())
    assert made.rows()[0].cells["lava"] == "-"
    assert made.total().cells["lava"] == "50 %"


@pytest.mark.parametrize("width", [200, 120, 95, 80, 60, 40, 30])
def test_columns_that_do_not_fit_are_left_out_whole(width):
    rows = [*(made := window(summary())).rows(), made.total()]
    names = columns(rows, width)
    assert all(len(line) <= width for line in written(rows, names))
    assert set(names) <= set(rows[0].cells)
    assert ("lava" in names) == ("slain" in names)


@pytest.mark.parametrize(
    ("width", "last"),
    [(200, "slain"), (80, "drinks"), (51, "harvests"), (36, "living"), (9, "completed")],
)
def test_the_causes_go_first_and_the_lifetime_never(width, last):
    assert columns(window(summary()).rows(), width)[-1] == last


def test_labels_stand_to_the_left_and_numbers_to_the_right():
    rows = [Row("0", {"lives": "1,000"}), Row("12 more", {})]
    assert written(rows, ("lives",)) == [
        "population  lives",
        "0           1,000",
        "12 more          ",
    ]


def test_parts_are_packed_and_never_split():
    assert packed(["one", "two", "three"], 9, ", ") == ["one, two", "three"]
    assert packed(["longer than that"], 5, ", ") == ["longer than that"]


@pytest.mark.parametrize(
    "changed",
    [{"epoch": "3"}, {"populations": {}}, {"living": None}, {"deaths": {}}, {"seconds": "x"},
     {"seconds": float("inf")},
     {"populations": []}, {"mean_completed_lifetime": "long"}],
)  # fmt: skip
def test_a_record_that_was_changed_is_not_shown(changed):
    assert is_complete(summary(), populations=2)
    assert not is_complete(summary(), populations=3)
    assert not is_complete(Summary({**summary(), **changed}), populations=2)
