"""The page Data keeps what was set, through changes of page; what cannot be used is told; earlier data stay at hand."""

from __future__ import annotations

import pytest
from app_pages import finished_run, opened
from streamlit.testing.v1 import AppTest

from datasets import load_dataset
from pages.components import frame

ROWS = "".join(f"{i % 7}.5,{i * i % 11},{'cat' if i % 3 else 'dog'}\n" for i in range(60))
PETS = ("weight,size,kind\n" + ROWS).encode()


def uploaded(content: bytes = PETS, name: str = "pets.csv") -> AppTest:
    at = opened("data")
    at.file_uploader(key="data/file").set_value((name, content, "text/csv")).run()
    assert not at.exception
    return at


def away_and_back(at: AppTest) -> None:
    """Look at another page and come back."""
    at.switch_page("pages/curves.py").run()
    at.switch_page("pages/data.py").run()
    assert not at.exception


def chosen(at: AppTest) -> dict[str, object]:
    """What is set on the page, by label."""
    kinds = (at.selectbox, at.multiselect, at.slider, at.number_input, at.button_group)
    return {element.label: element.value for kind in kinds for element in kind}


def texts(at: AppTest) -> str:
    """All words of the page."""
    parts = [element.value for kind in (at.markdown, at.caption, at.text, at.error) for element in kind]
    return " ".join(map(str, parts)).replace("\\", "")


def test_an_uploaded_table_and_all_that_is_set_survive_a_change_of_page() -> None:
    at = uploaded()
    at.selectbox[1].set_value("point")
    (target,) = (box for box in at.selectbox if box.label.startswith("Target"))
    target.set_value("size").run()
    features = at.multiselect[1]
    features.set_value(["weight"])
    (predict,) = (box for box in at.selectbox if box.label == "Predict")
    predict.set_value("regression")
    at.slider(key="data/validation").set_value(0.3)
    at.slider(key="data/test").set_value(0.1)
    at.number_input(key="data/split_seed").set_value(7).run()
    before, said = chosen(at), texts(at)
    assert "60 rows → 36 train / 18 validation / 6 test, 2 columns → 1 feature" in said
    assert "seed of the split: 7" in said
    away_and_back(at)
    assert chosen(at) == before
    assert texts(at) == said


def test_the_choice_of_built_in_data_and_its_options_survive_a_change_of_page() -> None:
    at = opened("data")
    at.session_state["data/source"] = "Built-in data"
    at.run()
    at.selectbox(key="data/name").set_value("moons").run()
    at.number_input(key="data/moons/n").set_value(100)
    at.number_input(key="data/moons/noise").set_value(0.5)
    at.number_input(key="data/moons/seed").set_value(3).run()
    before = chosen(at)
    assert "100 rows" in texts(at)
    away_and_back(at)
    assert chosen(at) == before
    assert "100 rows" in texts(at)


def test_a_file_is_put_aside_for_another_whose_choices_begin_anew() -> None:
    at = uploaded()
    at.selectbox[2].set_value("no header").run()
    assert "no header: 61 rows" in texts(at)
    at.button(key="data/another").click().run()
    assert len(at.file_uploader) == 1
    assert "pets" not in texts(at)
    at.file_uploader(key="data/file").set_value(("other.csv", PETS + b"1,2,cat\n", "text/csv")).run()
    assert "a header: 61 rows" in texts(at)
    at.button(key="data/another").click().run()
    at.file_uploader(key="data/file").set_value(("pets.csv", PETS, "text/csv")).run()
    assert "no header: 61 rows" in texts(at)


def test_each_way_to_read_a_file_can_be_overridden() -> None:
    at = uploaded(("a;b;c\n" + "1,5;ä;2\n2,5;ö;3\n" * 3).encode("cp1252"))
    assert "semicolon as delimiter, cp1252, decimal comma, a header" in texts(at)
    for label, value, said in (
        ("Delimiter", "comma", "Read with comma as delimiter"),
        ("Delimiter", "semicolon", "Read with semicolon as delimiter"),
        ("Decimal mark", "point", "decimal point"),
        ("Encoding", "cp1251", "cp1251"),
        ("Header", "no header", "no header"),
    ):
        (box,) = (box for box in at.selectbox if box.label == label)
        box.set_value(value).run()
        assert not at.exception
        assert said in texts(at)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe\x00\x00" + bytes(100), "not text"),
        (b"a,b\n1,x\n2,y\n", "Only 2 rows have a target"),
        (b"a,target\n" + b"1,x\n2,\n" * 9, "and 9 rows have none"),
        (b"id,b,y\n" + b"".join(b"%d,7,%d\n" % (i, i % 2) for i in range(30)), "counts the rows one by one"),
        (b"a,y\n" + b"".join(b"%d,c%d\n" % (i % 7, i % 200) for i in range(600)), "more than 50 classes"),
        (b'a,b\n1,x\n2,"y\n3,z\n4,u\n', "in line 3 is never closed"),
    ],
)
def test_what_cannot_be_used_is_told_beside_the_choices(content: bytes, words: str) -> None:
    assert words in texts(uploaded(content))


def test_names_of_files_and_columns_are_shown_as_they_stand() -> None:
    bad = "![x](http://evil.example/x.png)"
    at = uploaded(PETS.replace(b"weight", bad.encode()), f"{bad}<script>.csv")
    assert f"{bad}<script>.csv" in [element.value for element in at.text]
    for element in (*at.markdown, *at.caption):
        assert "![x](http" not in element.value


def test_rows_are_counted_from_one_as_in_what_was_mended() -> None:
    at = uploaded(PETS.replace(b"\n2.5,", b"\noops,", 1))
    assert "first: row 3, 'oops'" in texts(at)
    assert at.dataframe[0].value.index[0] == 1
    assert at.dataframe[0].value["weight"].isna().tolist()[:4] == [False, False, True, False]


def test_of_very_many_rows_some_are_drawn_and_it_is_told() -> None:
    rows = "".join(f"{i * 7 % 1000},{i * 11 % 1013},{'cat' if i % 3 else 'dog'}\n" for i in range(4000))
    at = uploaded(f"weight,size,kind\n{rows}".encode())
    assert "2\u202f000 rows, drawn by lot, of 2\u202f800 rows" in texts(at)
    assert "drawn by lot" not in texts(uploaded())
    from pages.components.data_view import _features

    figure = _features(at.session_state["data/prepared"][1])
    assert sum(len(trace.x) for trace in figure.data) == 2000


def test_data_of_an_earlier_visit_can_be_trained_on_again() -> None:
    at = uploaded()
    at.button(key="data/train").click().run()
    digest = at.session_state["prepared_digest"]
    again = opened("train")  # a new session of the same person, as after a refresh
    again.session_state["owner_id"] = at.session_state["owner_id"]
    again.run()
    box = again.selectbox(key="train/data")
    (mine,) = (option for option in box.options if option.startswith("pets"))
    box.set_value(f"prepared:{digest}").run()
    assert not again.exception
    assert "pets: 2 features, 2 classes" in texts(again)
    assert mine
    assert not any(option.startswith("pets") for option in opened("train").selectbox(key="train/data").options)


def test_built_in_data_stand_in_the_list_once_however_often_they_were_trained_on() -> None:
    run_id = finished_run("moons")
    at = opened("train", run_id)
    moons = [option for option in at.selectbox(key="train/data").options if option.startswith("Moons")]
    assert moons == ["Moons"]
    frame.store().save_data(load_dataset("moons", noise=0.5), None)
    at.button(key="use_settings").click().run()
    assert at.selectbox(key="train/data").value == "moons"
    (other,) = (option for option in at.selectbox(key="train/data").options if option.startswith("Moons, prepared"))
    assert other


def test_data_that_are_gone_are_told() -> None:
    at = uploaded()
    at.button(key="data/train").click().run()
    at.switch_page("pages/train.py").run()
    (frame.store().folder / "data" / f"{at.session_state['prepared_digest']}.npz").write_bytes(b"no archive")
    at.switch_page("pages/curves.py").run()
    from pages.components import data_choice

    data_choice._load.clear()
    at.switch_page("pages/train.py").run()
    assert not at.exception
    assert "Prepare them again on the page Data" in texts(at)


def test_several_targets_are_chosen_and_the_task_that_follows_is_told() -> None:
    rows = "".join(f"{i % 7},{i * i % 11},{i % 2},{int(i % 5 > 2)}\n" for i in range(60))
    at = uploaded(f"weight,size,small,red\n{rows}".encode(), "toys.csv")
    assert "to predict red, one of 2 classes (0, 1)" in texts(at)
    (more,) = (box for box in at.multiselect if box.label.startswith("More targets"))
    more.set_value(["small"]).run()
    assert not at.exception
    assert "each of 2 labels whether it applies to a row or not (red, small)" in texts(at)
    assert "2 columns → 2 features" in texts(at)
    data = at.session_state["data/prepared"][1]
    assert (data.task, data.target_names) == ("multi_label", ("red", "small"))
    (more,) = (box for box in at.multiselect if box.label.startswith("More targets"))
    more.set_value(["small", "size"]).run()
    assert not at.exception
    assert "to predict 3 numbers at once (red, small, size)" in texts(at)
    before = chosen(at)
    away_and_back(at)
    assert chosen(at) == before
    (predict,) = (box for box in at.selectbox if box.label == "Predict")
    predict.set_value("multi_label").run()
    assert "The label 'size' must hold 0 and 1 only" in texts(at)


def test_a_workbook_is_taken_and_told_how_to_become_a_table() -> None:
    at = uploaded(b"PK\x03\x04" + bytes(100), "sales.xlsx")
    assert "an Excel workbook" in texts(at)
    assert "Save the table as CSV" in texts(at)


def test_a_feature_that_is_the_target_again_and_numbers_taken_as_classes_are_questioned() -> None:
    rows = "".join(f"{i % 7},{'abc'[i % 3]},{i * i % 5},{i % 3}\n" for i in range(90))
    at = uploaded(f"size,grade,other,target\n{rows}".encode())
    doubts = [element.value.replace("\\", "") for element in at.warning]
    assert len(doubts) == 2
    assert "'target' holds 3 different whole numbers" in doubts[0]
    assert doubts[1].startswith("'grade' says the same as the target 'target' in every row")
    assert not uploaded().warning  # size and kind of the pets: nothing to ask
