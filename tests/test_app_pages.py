"""Every page in every situation: no run, a live run, a finished run, a run of one step; and what its controls do."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from app_pages import LAYER, PAGES, SMALL, finished_run, live_run, opened

from datasets import prepare, read_csv
from pages.components import frame
from runs import train_run
from runs.jobs import registry


def texts(at: object) -> str:
    """All words of a page."""
    parts = [
        element.value
        for kind in ("title", "caption", "markdown", "info", "error", "text")
        for element in getattr(at, kind)
    ]
    return " ".join(map(str, parts)).replace("\\", "")


@pytest.mark.parametrize("page", PAGES)
def test_without_a_run_every_page_says_what_will_appear(page: str) -> None:
    at = opened(page)
    assert at.title[0].value == frame.MENU[page].title
    assert any("appear" in info.value for info in at.info)


@pytest.mark.parametrize("page", PAGES)
def test_a_finished_run_is_shown_on_every_page(page: str) -> None:
    run_id = finished_run()
    at = opened(page, run_id)
    assert not at.error
    assert at.session_state["run_id"] == run_id


@pytest.mark.parametrize("page", PAGES)
def test_a_run_of_one_step_is_shown_on_every_page(page: str) -> None:
    at = opened(page, finished_run(experiment=replace(SMALL, max_steps=1)))
    assert not at.error


@pytest.mark.parametrize("page", PAGES)
def test_a_live_run_is_shown_on_every_page(page: str) -> None:
    job = live_run()
    at = opened(page, job.id)
    job.stop(owner=None)
    job.wait(20)
    assert not at.error
    assert job.state == "stopped"


@pytest.mark.parametrize("name", ["sine", "iris", "digits"])
@pytest.mark.parametrize("page", ["train", "curves", "layers", "trajectories"])
def test_data_of_every_kind_are_shown(page: str, name: str) -> None:
    at = opened(page, finished_run(name, replace(SMALL, epochs=1)))
    assert not at.error


def test_the_learned_function_is_drawn_according_to_the_data() -> None:
    assert "Which function has it learned?" in texts(opened("train", finished_run("moons")))
    assert "Which function has it learned?" in texts(opened("train", finished_run("sine")))
    assert "Which classes are mistaken" in texts(opened("train", finished_run("iris")))


@pytest.mark.parametrize("quantity", ["activation", "gradient", "weight", "weight_gradient"])
def test_layers_shows_each_quantity(quantity: str) -> None:
    run_id = finished_run()
    at = opened("layers", run_id)
    at.segmented_control(key="layers/quantity").set_value(quantity).run() if hasattr(at, "segmented_control") else None
    assert not at.exception
    assert "Are the updates of a healthy size?" in texts(at)


def test_a_data_set_can_be_chosen_and_trained_on() -> None:
    at = opened("data")
    at.session_state["data/source"] = "Built-in data"
    at.run()
    at.selectbox(key="data/name").set_value("iris").run()
    assert not at.exception
    assert "105 train / 21 validation / 24 test" in texts(at)
    at.button(key="data/train").click().run()
    assert at.session_state["prepared_digest"] in frame.store().list_data()


CSV = "weight;colour;kind\n" + "\n".join(
    f"{'' if i % 7 == 0 else str(i / 2).replace('.', ',')};{'red' if i % 3 else 'blue'};{'cat' if i > 20 else 'dog'}"
    for i in range(40)
)


def test_a_table_can_be_uploaded() -> None:
    at = opened("data")
    at.file_uploader(key="data/file").set_value(("pets.csv", CSV.encode(), "text/csv")).run()
    assert not at.exception
    assert "Read with semicolon as delimiter, utf-8, decimal comma, a header: 40 rows, 3 columns." in texts(at)
    assert "28 train / 6 validation / 6 test" in texts(at)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n" + bytes(50), "is a PNG picture"),
        (b"a\n1\n2\n", "one column only"),
        (b"a,b\n1,2\n1,2\n1,2\n1,2\n1,2\n", "one value only"),
    ],
)
def test_a_file_that_cannot_be_used_gets_a_sentence(content: bytes, words: str) -> None:
    at = opened("data")
    at.file_uploader(key="data/file").set_value(("bad.csv", content, "text/csv")).run()
    assert not at.exception
    assert any(words in error.value for error in at.error)


def test_a_run_is_deleted_only_after_a_question() -> None:
    run_id = finished_run()
    at = opened("runs", run_id)
    at.button(key="runs/delete").click().run()
    assert frame.store().entry(run_id)
    at.button(key="runs/delete_now").click().run()
    assert frame.store().list() == ()
    assert not at.exception


def test_a_run_can_be_renamed() -> None:
    run_id = finished_run()
    at = opened("runs", run_id)
    at.button(key="runs/rename").click().run()
    at.text_input(key="runs/new_name").set_value("a better name")
    at.button(key="runs/rename_now").click().run()
    assert frame.store().entry(run_id).name == "a better name"


def test_a_training_is_started_from_the_form_and_goes_on_without_the_page() -> None:
    at = opened("train")
    at.number_input(key="form/epochs").set_value(2).run()
    at.button(key="start").click().run()
    assert not at.exception
    job = registry().job(at.session_state["run_id"])
    assert job is not None
    job.wait(60)
    assert job.state == "finished"
    assert frame.store().entry(job.id).owner == at.session_state["owner_id"]


def test_a_damaged_folder_of_the_store_is_told_and_harms_nothing() -> None:
    run_id = finished_run()
    (frame.store().folder / "runs" / "abcdef123456").mkdir()
    at = opened("runs", run_id)
    assert [expander.label for expander in at.expander if "cannot" in expander.label] == ["1 run cannot be read"]
    assert "missing or damaged" in texts(at)
    assert at.code[0].value == str(frame.store().folder / "runs" / "abcdef123456")


def test_the_tsne_map_is_computed_in_the_background_and_shown() -> None:
    at = opened("trajectories", finished_run())
    assert "Function space, MDS" in texts(at)
    at.session_state["map/method"] = "tsne"
    at.run()
    assert not at.exception
    for _ in range(200):
        if "Function space, t-SNE" in texts(at):
            break
        at.run()
    assert not at.exception
    assert "Function space, t-SNE" in texts(at)


@pytest.mark.parametrize(("name", "n_seeds"), [("wine", 1), ("diabetes", 2), ("sine", 3)])
def test_a_map_and_what_lies_under_it_of_every_task(name: str, n_seeds: int) -> None:
    at = opened("trajectories", finished_run(name, replace(SMALL, seeds=tuple(range(n_seeds)))))
    named = [metric.label for metric in at.metric]
    assert {"Trustworthiness", "Stress", "Held by the map"} <= set(named)
    for _ in range(100):
        if "Is the shape more than chance?" in texts(at):
            break
        at.run()
    assert "Is the shape more than chance?" in texts(at)
    assert ("one network cannot disagree" in texts(at)) == (n_seeds == 1)


def test_runs_of_other_data_are_not_drawn_on_one_map() -> None:
    other = finished_run("iris")
    at = opened("trajectories", finished_run("wine"))
    (choice,) = at.multiselect
    choice.set_value([*choice.value, other]).run()
    assert not at.exception
    assert "cannot be compared with" in texts(at)


def test_a_map_of_a_live_run_keeps_its_axes_until_it_is_fitted_anew() -> None:
    job = live_run()
    at = opened("trajectories", job.id)
    assert not at.exception
    before = len(job.snapshot().series["probe/output"].steps)
    job.advance(4, owner=None)
    while len(job.snapshot().series["probe/output"].steps) < before + 4:
        time.sleep(0.02)
    at.run()
    assert not at.exception
    assert "The axes stay as they were fitted" in texts(at)
    at.button(key="map/refit").click().run()
    assert "The axes stay as they were fitted" not in texts(at)
    job.stop(owner=None)
    job.wait(20)


def test_a_strip_beside_the_training_leads_to_the_layers() -> None:
    run_id = finished_run()
    at = opened("train", run_id)
    links = {link.proto.label: link.proto for link in at.get("page_link")}
    for title in ("Spread of the activations", "Spread of the gradients", "Saturated share"):
        link = links[f"**{title}**"]
        assert link.page.endswith("layers")
        assert f"run={run_id}" in link.query_string


def test_the_address_says_which_quantity_the_layers_show() -> None:
    at = opened("layers", finished_run())
    at.query_params["quantity"] = "weight"
    at.run()
    assert not at.exception
    assert at.session_state["layers/quantity"] == "weight"
    assert "How do the weights spread?" in texts(at)
    assert "quantity" not in at.query_params


def test_the_settings_of_a_run_can_be_used_again() -> None:
    run_id = finished_run("iris", replace(SMALL, epochs=7, seeds=(0, 1, 2)))
    at = opened("train", run_id)
    assert "6 tanh, 6 relu" in " ".join(block.proto.body for block in at.get("html"))
    at.button(key="use_settings").click().run()
    assert not at.exception
    assert at.number_input(key="form/epochs").value == 7
    assert at.selectbox(key="form/seeds").value == 3
    assert at.session_state["train/data"] == "iris"
    assert "Iris: 4 features" in texts(at)


def test_a_run_on_prepared_data_puts_these_data_into_the_form() -> None:
    data = prepare(read_csv(CSV.encode()), target="kind")
    run_id = train_run(SMALL, data, store=frame.store()).id
    at = opened("train", run_id)
    at.button(key="use_settings").click().run()
    assert not at.exception
    assert frame.store().entry(run_id).data_digest in at.session_state["train/data"]


@pytest.mark.parametrize("page", ["curves", "layers", "trajectories", "runs"])
def test_an_empty_page_offers_to_train_the_example(page: str) -> None:
    at = opened(page)
    assert at.button(key="nothing/example").label == "Train the example"
    assert not at.multiselect
    at.button(key="nothing/example").click().run()
    job = registry().job(at.session_state["run_id"])
    assert job is not None
    job.stop(owner=at.session_state["owner_id"])
    job.wait(20)


def test_every_field_of_the_form_has_an_explanation_and_every_number_its_range() -> None:
    at = opened("train")
    fields = [*at.number_input, *at.selectbox]
    assert len(fields) > 12
    assert [field.label for field in fields if not field.help] == []
    assert [number.label for number in at.number_input if "From " not in number.help] == []


def test_rarely_changed_settings_are_folded_away_and_still_count() -> None:
    at = opened("train")
    assert "β₁ 0.9 · β₂ 0.999 · ε 1e-08" in [popover.proto.popover.label for popover in at.get("popover")]
    at.number_input(key="form/optimizer/adam/beta1").set_value(0.8).run()
    at.number_input(key="form/epochs").set_value(1).run()
    at.button(key="start").click().run()
    job = registry().job(at.session_state["run_id"])
    assert job is not None
    job.wait(60)
    assert frame.store().entry(job.id).experiment.optimizer["beta1"] == 0.8


def test_every_term_that_a_figure_names_is_explained_with_its_source() -> None:
    from diagnostics.figures import layer_statistics, learning_curves
    from pages.components.terms import TERMS

    named = {*learning_curves.TERMS.values(), *layer_statistics.TERMS.values()}
    named |= {"generalization gap", "confusion matrix", "decision surface", "saturation", "dead unit"}
    named |= {"update ratio", "trajectory", "PCA and t-SNE"}
    assert named <= set(TERMS)
    assert all(len(term.sentences) > 80 and term.source for term in TERMS.values())


MIXED = (
    LAYER,
    {"type": "batch_norm"},
    {"type": "dropout", "rate": 0.2},
    {"type": "residual", "layers": [{**LAYER, "activation": "relu"}]},
)


@pytest.mark.parametrize("page", PAGES)
def test_a_network_of_other_layers_than_dense_is_shown_on_every_page(page: str) -> None:
    at = opened(page, finished_run(experiment=replace(SMALL, layers=MIXED, epochs=1)))
    assert not at.error
