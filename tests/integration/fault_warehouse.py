"""Every fault of a warehouse in every phase of its work, with what becomes of it and the test that shows it.

A proof is `file::name`: of a Python test its function, of a C++ test some of its title.
"""

PHASES = ("connect", "read checkpoints", "prepare tables", "stage", "merge", "commit")

FAILURES = "tests/warehouses/failures_test.py::"
MEANWHILE = "tests/warehouses/meanwhile.py::"
DRIVER = "tests/warehouses/driver_faults_test.py::"
SERVERS = "tests/integration/warehouses_test.py::"
ODBC = "tests/unit/connectors/odbc/odbc_warehouse_test.cpp::"
WRITER = "tests/unit/actors/writer_test.cpp::"
SWEEP = DRIVER + "test_whichever_call_fails_rows_and_checkpoint_agree_and_a_repeat_is_right"


def again(code, proof):
    """The batch is repeated by its writer, for some seconds; when the fault lasts the collection fails with the code."""
    return f"again, then `{code}`", proof


def fails(code, proof):
    return f"`{code}`", proof


def kept_aside(proof):
    """By the policy `refused_values`: the other rows and cells are written, and the value is told."""
    return "success with a notice", proof


ROWS = {
    "nobody listens": {"connect": fails("warehouse_unreachable", SERVERS + "test_a_server_that_is_not_there_ends_with_7_and_names_the_warehouse")},
    "a wrong password": {"connect": fails("warehouse_refused", SERVERS + "test_a_wrong_password_ends_with_7_and_names_the_warehouse")},
    "no connection is left": {"connect": again("warehouse_busy", FAILURES + "test_a_server_without_a_free_connection_is_a_passing_fault")},
    "the connection is lost, at any call": {
        "connect": fails("warehouse_unreachable", SWEEP),
        "read checkpoints": fails("warehouse_unreachable", SWEEP),
        "prepare tables": fails("warehouse_unreachable", SWEEP),
        "stage": again("warehouse_unreachable", FAILURES + "test_a_connection_that_was_killed_before_a_statement_is_made_anew"),
        "merge": again("warehouse_unreachable", FAILURES + "test_a_connection_that_is_killed_during_a_statement_is_made_anew"),
        "commit": again(
            "warehouse_unreachable",
            FAILURES + "test_a_connection_that_is_lost_before_the_commit_loses_the_batch_and_says_that_this_is_unknown",
        ),
    },
    "the connection is lost after the commit": {
        "commit": ("again, which changes nothing", FAILURES + "test_a_commit_whose_answer_is_lost_holds_and_its_repeat_changes_nothing")
    },
    "the server stops, or crashes": {
        "stage": again("warehouse_unreachable", FAILURES + "test_a_server_that_stops_and_starts_again_is_found_again"),
        "merge": again("warehouse_unreachable", FAILURES + "test_a_server_that_crashes_during_a_statement_is_found_again"),
    },
    "a deadlock": {"merge": again("warehouse_busy", FAILURES + "test_a_deadlock_is_met_by_a_repeat")},
    "a lock that lasts": {
        "prepare tables": again("warehouse_busy", FAILURES + "test_a_reader_who_keeps_a_new_column_out_is_a_passing_fault"),
        "stage": again("warehouse_busy", FAILURES + "test_a_table_that_somebody_locks_is_a_passing_fault"),
        "merge": again("warehouse_busy", FAILURES + "test_a_lock_that_lasts_is_a_passing_fault"),
        "commit": again("warehouse_busy", FAILURES + "test_rows_whose_checkpoint_cannot_be_written_are_taken_back"),
    },
    "a statement that takes too long": {
        "merge": again("warehouse_timeout", FAILURES + "test_a_statement_that_takes_too_long_is_a_passing_fault")
    },
    "a statement that never ends": {
        "merge": again("warehouse_timeout", DRIVER + "test_a_statement_that_never_ends_is_cancelled_and_met_by_a_repeat")
    },
    "a serialization failure": {
        "merge": again("warehouse_busy", FAILURES + "test_a_transaction_that_cannot_be_serialized_is_met_by_a_repeat"),
        "commit": again("warehouse_busy", DRIVER + "test_a_commit_that_fails_leaves_nothing_and_is_met_by_a_repeat"),
    },
    "a unique violation": {
        "prepare tables": again(
            "warehouse_busy", FAILURES + "test_a_schema_that_another_session_makes_at_the_same_moment_is_a_passing_fault"
        ),
        "merge": kept_aside(MEANWHILE + "test_a_unique_index_of_somebody_else_costs_the_value_and_not_the_row"),
    },
    "a text too long": {"stage": kept_aside(FAILURES + "test_a_text_that_is_too_long_for_a_column_is_kept_aside_and_the_rest_is_written")},
    "a number out of range": {"stage": kept_aside(FAILURES + "test_a_number_that_is_out_of_range_is_kept_aside_and_the_rest_is_written")},
    "a date that a type cannot hold": {
        "stage": kept_aside("tests/warehouses/made_up_test.py::test_a_value_that_a_type_cannot_hold_is_kept_aside_with_its_record_and_field")
    },
    "a row that no single value spoils": {
        "stage": ("partial, the row in quarantine", "tests/unit/connectors/odbc/refused_values_test.cpp::I9: a row that no single value spoils goes to quarantine")
    },
    "a table that refuses everything": {"stage": fails("warehouse_value", FAILURES + "test_one_bad_record_of_a_batch_never_stops_it")},
    "a row refused in silence": {
        "stage": fails("warehouse_value", DRIVER + "test_a_row_of_an_array_that_was_not_taken_fails_the_batch_and_is_named")
    },
    "a row refused in a later answer": {
        "stage": fails("warehouse_value", DRIVER + "test_a_row_that_is_refused_in_a_later_answer_fails_the_batch")
    },
    "the disk is full": {"merge": again("warehouse_full", FAILURES + "test_a_full_disk_is_a_passing_fault")},
    "a read-only database": {
        "prepare tables": fails("warehouse_read_only", FAILURES + "test_a_server_that_is_read_only_is_told_apart"),
        "merge": fails("warehouse_read_only", FAILURES + "test_a_server_that_is_read_only_is_told_apart"),
    },
    "the table is dropped meanwhile": {
        "prepare tables": ("read in full", FAILURES + "test_a_table_that_was_dropped_is_made_again_and_its_checkpoint_forgotten"),
        "merge": fails("table_conflict", FAILURES + "test_a_table_that_was_dropped_is_made_again_and_its_checkpoint_forgotten"),
    },
    "a column is dropped meanwhile": {
        "prepare tables": ("its history is read", FAILURES + "test_a_column_that_was_dropped_is_added_again_and_its_history_owed"),
        "merge": fails("table_conflict", FAILURES + "test_a_column_that_was_dropped_is_added_again_and_its_history_owed"),
    },
    "a column that must be filled is added": {
        "merge": fails("table_conflict", FAILURES + "test_a_column_of_somebody_else_that_must_be_filled_is_named")
    },
    "a view in the table's place": {
        "prepare tables": fails(
            "table_conflict", FAILURES + "test_a_view_with_the_name_of_the_table_is_refused_before_anything_changes"
        )
    },
    "the checkpoints are dropped meanwhile": {
        "read checkpoints": ("read in full", MEANWHILE + "test_checkpoints_that_were_dropped_are_made_again_and_no_row_goes_without"),
        "commit": fails("table_conflict", MEANWHILE + "test_checkpoints_that_were_dropped_are_made_again_and_no_row_goes_without"),
    },
    "a right is revoked": {
        "read checkpoints": ("`warehouse_rights`; read in full where a table that may not be read is not listed", MEANWHILE + "test_checkpoints_that_may_not_be_read_are_not_taken_for_none"),
        "prepare tables": fails("warehouse_rights", FAILURES + "test_a_user_who_may_only_read_is_told_which_rights_lack"),
        "merge": fails("warehouse_rights", FAILURES + "test_a_user_who_may_only_read_is_told_which_rights_lack"),
    },
    "the driver fails, at any call": {
        "connect": fails("warehouse_unreachable", SWEEP),
        "read checkpoints": fails("warehouse_statement", SWEEP),
        "prepare tables": fails("warehouse_statement", SWEEP),
        "stage": fails("warehouse_statement", SWEEP),
        "merge": fails("warehouse_statement", SWEEP),
        "commit": fails("warehouse_statement", SWEEP),
    },
}
