"""What docs/scaling.md says of keys that hold `cluster`, by which readings could be distributed."""

from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint

from api_service.models import Base

BY_DEVICE = {"electrical_data", "devices", "device_spacings", "device_gaps", "import_spans", "rollups"}
IN_THE_WAY = {("electrical_data", ("id",))}


def test_each_key_of_a_table_by_device_holds_the_device_but_the_one_that_is_told() -> None:
    keys = {
        (table.name, tuple(column.name for column in constraint.columns))
        for table in Base.metadata.tables.values()
        if "cluster" in table.columns
        for constraint in table.constraints
        if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint)
    }
    assert {name for name, columns in keys if "cluster" in columns} == BY_DEVICE
    assert {key for key in keys if "cluster" not in key[1] and key[0] in BY_DEVICE} == IN_THE_WAY
