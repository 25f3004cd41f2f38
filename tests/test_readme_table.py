"""The README's table of conformance says of the configured backend what the suite asks of it.

Whether all that passes is for the suite to say: `tox` runs it beside this.
"""

from pathlib import Path

from kswitch.conformance.reports import readme

from kswitch import backend as K

README = Path(__file__).parent.parent / "README.md"


def test_table_is_up_to_date():
    """If not: tox, then `python -m kswitch.conformance report .tox/*.json --update README.md`."""
    assert readme.read(README.read_text(), K.backend()) == readme.planned(K)
