"""CSV files as they come: every file is read right or refused with a sentence that helps."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets import DataError, read_csv

PLAIN = "height,weight,kind\n1.5,20,cat\n2.5,,dog\n3.5,40,cat\n"


def frame_of(text: str, encoding: str = "utf-8", **overrides: object) -> pd.DataFrame:
    return read_csv(text.encode(encoding), **overrides).frame  # type: ignore[arg-type]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiter_encoding_and_line_ends_are_recognised(delimiter: str, encoding: str, end: str) -> None:
    text = PLAIN.replace("kind", "größe").replace(",", delimiter).replace("\n", end)
    table = read_csv(text.encode(encoding))
    assert table.dialect.delimiter == delimiter
    assert table.dialect.header
    assert list(table.frame.columns) == ["height", "weight", "größe"]
    assert table.frame["height"].tolist() == [1.5, 2.5, 3.5]
    assert table.frame["weight"].isna().tolist() == [False, True, False]


def test_decimal_commas_and_thousands() -> None:
    frame = frame_of("a;b;c\n1,5;1.234,50;x\n-2,25;10,00;y\n,5;7;z\n")
    assert frame["a"].tolist() == [1.5, -2.25, 0.5]
    assert frame["b"].tolist() == [1234.5, 10.0, 7.0]
    assert frame_of('a,b\n"1,5",x\n"2,5",y\n')["a"].tolist() == [1.5, 2.5]
    assert frame_of('a,b\n"1,234.5",x\n"12,000",y\n')["a"].tolist() == [1234.5, 12000.0]


@pytest.mark.parametrize("token", ["", "NA", "n/a", "NaN", "null", "None", "?", "-", "#N/A"])
def test_missing_values_are_recognised(token: str) -> None:
    frame = frame_of(f"a,b\n1,x\n{token},y\n3,{token}\n")
    assert frame["a"].isna().tolist() == [False, True, False]
    assert frame["b"].isna().tolist() == [False, False, True]


def test_a_decimal_comma_decides_what_the_points_in_other_columns_mean() -> None:
    table = read_csv(b"a;b\n1.100;0,5\n2.250;1,5\n3.000;2,5\n")
    assert table.dialect.decimal == ","
    assert table.frame["a"].tolist() == [1100, 2250, 3000]
    assert frame_of("a;b\n0.125;x\n0.250;y\n")["a"].tolist() == [0.125, 0.25]


def test_a_column_with_the_other_decimal_mark_is_read_and_told() -> None:
    table = read_csv(b"a;b\n0.5;1,5\n1.25;2,25\n")
    assert table.frame["a"].tolist() == [0.5, 1.25]
    assert table.frame["b"].tolist() == [1.5, 2.25]
    assert "column 'b': read with a decimal comma" in table.repairs


def test_a_typographic_minus_is_a_minus() -> None:
    assert frame_of("a,b\n\u22121.5,x\n\u22122,y\n")["a"].tolist() == [-1.5, -2.0]


def test_signs_of_money_and_percent_are_left_out() -> None:
    frame = frame_of("price;rate;n\n€ 3,50;10 %;1\n€ 4,00;20,5 %;2\n")
    assert frame["price"].tolist() == [3.5, 4.0]
    assert frame["rate"].tolist() == [10.0, 20.5]


def test_a_file_without_a_header_keeps_its_first_row() -> None:
    table = read_csv(b"1,2,a\n3,4,b\n5,6,a\n")
    assert not table.dialect.header
    assert list(table.frame.columns) == ["column 1", "column 2", "column 3"]
    assert len(table.frame) == 3


def test_a_first_row_of_values_that_stand_below_as_well_is_no_header() -> None:
    assert len(frame_of("red,small,cat\nblue,large,dog\nred,large,dog\nblue,small,cat\n")) == 4
    assert list(frame_of("colour,size,kind\nblue,large,dog\nred,small,kind\n").columns) == ["colour", "size", "kind"]


def test_years_above_numbers_are_names() -> None:
    frame = frame_of("country,2019,2020\nA,1,2\nB,3,4\n")
    assert list(frame.columns) == ["country", "2019", "2020"]


def test_title_lines_above_the_table_are_left_out_and_told() -> None:
    table = read_csv(b"Report of the year\n\nMade on Monday\na,b,c\n1,2,x\n3,4,y\n")
    assert list(table.frame.columns) == ["a", "b", "c"]
    assert table.dialect.skipped_rows == 2
    assert "2 title lines above the table are left out" in table.repairs


def test_a_header_with_one_name_fewer_than_cells_keeps_its_names() -> None:
    trailing = read_csv(b"a,b,kind\n1,2,x,\n3,4,y,\n")  # each row ends with a delimiter
    assert list(trailing.frame.columns) == ["a", "b", "kind"]
    assert trailing.dialect.header
    row_names = read_csv(b'"a","b","kind"\n"1",5,6,"x"\n"2",7,8,"y"\n')  # as R writes it
    assert list(row_names.frame.columns) == ["column 1", "a", "b", "kind"]
    assert row_names.frame["a"].tolist() == [5, 7]
    titled = read_csv(b"made by,me\na,b,kind\n1,2,x\n3,4,y\n")
    assert (titled.dialect.skipped_rows, list(titled.frame.columns)) == (1, ["a", "b", "kind"])


@pytest.mark.parametrize("rows", [5, 20_000])  # the second: more than a cell may hold
def test_a_quote_that_is_never_closed_is_told_with_its_line(rows: int) -> None:
    text = 'a,b\n1,x\n2,y\n3,"oops\n' + "4,z\n" * rows + '5,""\n' * 20_000 * (rows > 5)
    with pytest.raises(DataError, match="line 4"):
        read_csv(text.encode())


def test_rows_that_a_quote_swallowed_are_told() -> None:
    table = read_csv(('a,b,c\n1,"x,1\n' + "2,y,1\n" * 20 + '3,"z",1\n' + "4,u,1\n" * 9).encode())
    assert any("lines 2 to 23 are one row" in repair for repair in table.repairs)


def test_ragged_rows_are_mended_and_told() -> None:
    table = read_csv(b"a,b,c\n1,2,x\n3\n4,5,y,9,9\n6,7,z\n")
    assert table.frame["a"].tolist() == [1, 3, 4, 6]
    assert any("1 row is too short (first: row 2)" in repair for repair in table.repairs)
    assert any("1 row is too long (first: row 3)" in repair for repair in table.repairs)


def test_quotes_may_hold_delimiters_and_line_ends() -> None:
    frame = frame_of('a,b\n"x, y",1\n"two\nlines",2\n"say ""hi""",3\n')
    assert frame["a"].tolist() == ["x, y", "two\nlines", 'say "hi"']


def test_columns_of_one_name_are_told_apart() -> None:
    table = read_csv(b"a,a,b\n1,2,3\n4,5,6\n")
    assert list(table.frame.columns) == ["a", "a 2", "b"]
    assert any("two columns are called 'a'" in repair for repair in table.repairs)


def test_thousands_of_columns_of_one_name_are_told_apart_at_once() -> None:
    table = read_csv((",".join(["a", "a 2"] + ["a"] * 3000) + "\n" + ",".join(["1"] * 3002) + "\n").encode())
    assert table.frame.columns.is_unique
    assert list(table.frame.columns[:3]) == ["a", "a 2", "a 3"]
    assert len(table.repairs) == 6
    assert "2995 more columns" in table.repairs[-1]


def test_names_are_one_short_line() -> None:
    frame = frame_of('"two\nlines \x07",' + "n" * 500 + "\n1,2\n3,4\n")
    assert frame.columns[0] == "two lines"
    assert len(frame.columns[1]) == 80


def test_one_stray_text_in_a_short_column_of_numbers_is_read_as_missing_and_told() -> None:
    table = read_csv(("a,b\n" + "".join(f"{'3 or so' if i == 3 else i},x\n" for i in range(12))).encode())
    assert table.frame["a"].isna().sum() == 1
    assert any("row 4, '3 or so'" in repair for repair in table.repairs)


def test_a_few_stray_texts_in_a_column_of_numbers_are_read_as_missing_and_told() -> None:
    rows = "\n".join(f"{'oops' if i == 17 else i},x" for i in range(100))
    table = read_csv(f"a,b\n{rows}\n".encode())
    assert table.frame["a"].isna().sum() == 1
    assert any("1 non-numeric values (first: row 18, 'oops')" in repair for repair in table.repairs)


def test_infinite_values_become_missing() -> None:
    assert frame_of("a,b\n1,x\ninf,y\n-inf,z\n1e400,u\n1e200,v\n1e30,w\n")["a"].isna().sum() == 4


def test_every_guess_can_be_overridden() -> None:
    frame = frame_of("1;2\n3;4\n", header=True)
    assert list(frame.columns) == ["1", "2"]
    assert frame_of("a;b\n1,5;x\n2,5;y\n", decimal=".")["a"].tolist() == ["1,5", "2,5"]
    assert read_csv("grün,b\n1,2\n3,4\n".encode("cp1252"), encoding="cp1252").frame.columns[0] == "grün"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"  \n \n", "is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "is a PNG picture"),
        (b"PK\x03\x04" + bytes(100), "Excel workbook or a zip"),
        (b"%PDF-1.4 and more", "is a PDF"),
        (b"<!DOCTYPE html><html>a,b</html>", "is a web page"),
        (b"a,b\n1,\x00\n", "zero bytes"),
        (bytes(range(1, 256)) * 3, "stand for no letter"),
        (b'[{"a": 1, "b": 2}, {"a": 3, "b": 4}]', "is JSON"),
        (b'{\n "a": [1, 2]\n}', "is JSON"),
        (b"{\\rtf1 a,b}", "is an RTF text"),
        (b"a,b\n1," + b"x" * 200_000 + b"\n", "cell in line 2 has more than 131072"),
        (b"a,b,c\n", "has a header but no rows"),
        (b"a\n1\n2\n3\n", "has one column only"),
    ],
)
def test_what_is_no_table_is_refused_with_advice(data: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        read_csv(data)
    assert len(str(caught.value)) > 40


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(DataError, match="upload a part of its rows"):
        read_csv(PLAIN.encode() * 100, max_bytes=1000)


def test_a_thousand_columns_are_read() -> None:
    header = ",".join(f"c{i}" for i in range(1000))
    frame = frame_of(header + "\n" + "\n".join(",".join(str(i + j) for i in range(1000)) for j in range(5)))
    assert frame.shape == (5, 1000)


def test_paths_and_files_are_read_like_bytes(tmp_path: Path) -> None:
    path = tmp_path / "pets.csv"
    path.write_text(PLAIN)
    table = read_csv(path)
    assert table.name == "pets"
    with path.open("rb") as file:
        pd.testing.assert_frame_equal(read_csv(file).frame, table.frame)
    with pytest.raises(DataError, match="There is no file"):
        read_csv(tmp_path / "absent.csv")


CELL = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=8
)


@settings(max_examples=60, deadline=None)
@given(
    numbers=st.lists(st.floats(-1e6, 1e6).map(lambda v: round(v, 3)), min_size=3, max_size=12),
    texts=st.lists(st.text("abcdefgh ,;'", min_size=2, max_size=8), min_size=12, max_size=12),
    delimiter=st.sampled_from([",", ";", "\t"]),
)
def test_what_pythons_writer_wrote_is_read_back(numbers: list[float], texts: list[str], delimiter: str) -> None:
    texts = [f"t{text}t" for text in texts[: len(numbers)]]
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(["number", "text", "again"])
    writer.writerows(zip(numbers, texts, numbers, strict=True))
    table = read_csv(file.getvalue().encode(), delimiter=delimiter, decimal=".")
    np.testing.assert_array_equal(table.frame["number"], numbers)
    assert table.frame["text"].tolist() == texts


@settings(max_examples=150, deadline=None)
@given(data=st.one_of(st.binary(max_size=200), st.lists(st.lists(CELL, max_size=4), max_size=6).map(
    lambda rows: "\n".join(",".join(row) for row in rows).encode())))  # fmt: skip
def test_no_bytes_raise_anything_but_a_sentence(data: bytes) -> None:
    try:
        table = read_csv(data)
        n_columns, words = table.frame.shape[1], "."
    except DataError as error:
        n_columns, words = 1, str(error)
    assert n_columns >= 1
    assert words.endswith(".")


def test_columns_that_are_to_stay_text_stay_as_they_are_written() -> None:
    frame = read_csv(b"code,n\n 01 ,1\n02,2\nNA,3\n", as_text=["code"]).frame
    assert frame["code"].tolist()[:2] == ["01", "02"]
    assert frame["code"].isna().tolist() == [False, False, True]
    assert frame["n"].tolist() == [1, 2, 3]


def test_one_column_is_enough_where_it_is_said_so() -> None:
    assert read_csv(b"x\n0.5\n1\n", header=True, fewest_columns=1).frame["x"].tolist() == [0.5, 1.0]
