"""Every fault that must be survived, what proves it, and which invariants hold after it.

Faults of `tests/faults` run over real processes (gateway, worker, Redis, PostgreSQL and SQLite). Those of a
whole stack are followed by `invariants.check`, which proves I1 to I7; the others are proven where their part
is tested. Tests marked `soak` are run by `make soak`, not by the suite that checks each commit: `SOAK_ONLY`
names the faults that nothing else proves. `tests/security/test_tables.py` holds both in step.
"""

from dataclasses import dataclass

INVARIANTS = {
    "I1": "every acknowledged reading is present exactly once",
    "I2": "every accepted question reaches a final state in bounded time",
    "I3": "at most one final answer per message",
    "I4": "nobody sees another owner's data",
    "I5": "readiness goes red and comes back green by itself",
    "I6": "no leaked task, connection, permit or process",
    "I7": "no 5xx without request_id and a problem document",
}
ALL = "I1 I2 I3 I4 I5 I6 I7"

QUEUE = "tests/faults/test_queue_faults.py::test_"
DISKS = "tests/faults/test_full_disks.py::test_"
DATABASE = "tests/faults/test_database_faults.py::test_"
WORKER = "tests/integration/test_worker.py::test_"
CHAT = "tests/integration/test_chat_service.py::test_"
GATEWAYS = "tests/integration/test_gateways.py::test_"
EDGE = "tests/integration/test_connections.py::test_"
MODEL = "tests/unit/test_llm_service.py::test_"
ENGINE = "tests/unit/test_engine_core.py::test_"
SOAK_ONLY = frozenset({0, 2, 7, 19, 25, 28})
"""Numbers of the faults that `make soak` alone proves; 0: the networks, delayed, reset, half open."""


@dataclass(frozen=True)
class Fault:
    """One fault; `number` is 0 for those beyond the thirty."""

    number: int
    fault: str
    invariants: str
    tests: tuple[str, ...]


FAULTS = (
    Fault(
        1,
        "worker killed between any two steps of a job",
        ALL,
        (
            f"{QUEUE}worker_killed_between_any_two_steps_of_jobs",
            f"{CHAT}worker_killed_with_a_long_lease_is_replaced_once_its_heart_stops",
        ),
    ),
    Fault(
        2,
        "worker stopped, and going on later",
        ALL,
        (f"{QUEUE}worker_stopped_for_a_while_is_replaced_and_answers_nothing_twice",),
    ),
    Fault(3, "worker hung", "I2 I3", (f"{CHAT}worker_that_never_ends_is_given_up_and_the_facts_answer",)),
    Fault(4, "worker told to end", "I2 I3 I6", (f"{WORKER}sigterm_drains_and_takes_the_heartbeat_away",)),
    Fault(
        5,
        "Redis killed and started again",
        ALL,
        (
            f"{QUEUE}redis_killed_and_started_again",
            f"{CHAT}redis_that_restarts_while_a_question_waits_does_not_lose_it",
            f"{WORKER}restart_of_redis_between_and_during_jobs_loses_nothing",
        ),
    ),
    Fault(
        6,
        "Redis wiped",
        ALL,
        (f"{QUEUE}redis_wiped_amid_questions", f"{CHAT}wiped_redis_gets_the_question_again"),
    ),
    Fault(7, "Redis full", ALL, (f"{QUEUE}redis_full_delays_or_refuses_questions_and_nothing_else",)),
    Fault(
        8,
        "database restarted (SQLite: locked) amid an answer",
        ALL,
        (
            f"{DATABASE}database_restarted_amid_an_import_and_an_answer",
            f"{CHAT}database_away_is_a_503_and_comes_back_by_itself",
            "tests/integration/test_busy_database.py::"
            "test_rows_that_another_holds_too_long_are_a_503_and_later_stored_once",
            "tests/integration/test_busy_database.py::test_question_waits_for_tables_that_another_holds",
        ),
    ),
    Fault(
        9,
        "database restarted amid an import, the import killed",
        ALL,
        (
            f"{DATABASE}database_restarted_amid_an_import_and_an_answer",
            "tests/integration/test_import_kill.py::test_import_killed_three_times_on_postgresql_ends_exactly",
            "tests/integration/test_import_kill.py::test_import_killed_three_times_on_sqlite_ends_exactly",
        ),
    ),
    Fault(
        10,
        "database absent at start; its connections cut",
        ALL,
        (
            f"{DATABASE}postgresql_absent_at_start_and_old_schema_are_told_and_waited_for",
            f"{DATABASE}connections_to_postgresql_cut_by_an_administrator",
        ),
    ),
    Fault(
        11,
        "GPU out of memory",
        "I2 I3",
        (
            f"{ENGINE}encode_out_of_memory_halves_until_the_one_too_large_fails_alone",
            f"{ENGINE}step_out_of_memory_goes_on_with_half_and_loses_no_answer",
        ),
    ),
    Fault(12, "sticky CUDA error", "I2 I6", (f"{MODEL}device_that_breaks_for_good_is_told",)),
    Fault(
        13,
        "model files missing or damaged",
        "I2 I5",
        (
            f"{WORKER}missing_model_makes_the_worker_say_so_and_leaves_the_jobs",
            f"{MODEL}truncated_weights_are_a_failure_that_names_the_folder",
        ),
    ),
    Fault(14, "slow client", "I6", (f"{EDGE}answer_that_nobody_reads_is_given_up",)),
    Fault(
        15,
        "vanished client",
        "I2 I6",
        (
            f"{ENGINE}cycle_cancelled_row_leaves_within_one_step_and_frees_its_slot",
            "tests/api/test_chat_events.py::test_stream_left_for_good_frees_the_worker_and_stores_the_facts",
            "tests/api/test_chat.py::test_asker_who_leaves_still_has_the_answer_stored",
        ),
    ),
    Fault(
        16,
        "the same question fifty times under one key",
        "I2 I3",
        ("tests/api/test_chat.py::test_same_key_fifty_times_at_once_gives_one_job_and_equal_answers",),
    ),
    Fault(17, "poison job", "I2 I3", (f"{WORKER}job_that_ended_three_workers_is_refused_with_its_reason",)),
    Fault(
        18,
        "foreign bytes in the queue",
        "I2 I6",
        (
            f"{WORKER}foreign_bytes_in_the_queue_hurt_nobody_else",
            "tests/unit/test_wire.py::test_unpack_never_unpickles",
        ),
    ),
    Fault(
        19,
        "queue flooded at ten times its capacity",
        ALL,
        (f"{QUEUE}queue_flooded_at_ten_times_its_capacity",),
    ),
    Fault(
        20,
        "bad CSV of every kind",
        "I1",
        (
            "tests/unit/test_pipeline.py::"
            "test_batches_of_good_and_bad_lines_name_each_bad_line_and_keep_each_good_one",
            "tests/unit/test_blocks.py::test_blocks_with_an_endless_last_line_keep_little_of_it",
            "tests/integration/test_import_csv.py::test_import_of_a_header_alone_finds_no_lines",
            "tests/integration/test_field_files.py::test_a_last_line_that_may_be_cut_waits_for_the_rest",
            "tests/unit/test_export.py::test_text_that_a_spreadsheet_would_run_is_kept_text",
            "tests/integration/test_import_random.py::"
            "test_import_of_random_overlapping_dirty_files_agrees_with_the_oracle",
        ),
    ),
    Fault(
        21,
        "huge or chunked upload, gzip bomb",
        "I6 I7",
        (
            "tests/unit/test_files_damaged.py::test_a_bomb_is_stopped_before_it_is_unpacked",
            "tests/unit/test_files_damaged.py::test_workbook_that_would_not_fit_into_memory_is_told_so_at_once",
            "tests/api/test_readings.py::test_body_of_faults_alone_is_refused_whole",
            "tests/api/test_readings.py::test_readings_streamed_without_a_length_stop_at_the_limit",
            "tests/api/test_line_protocol.py::test_body_that_cannot_be_read_is_refused_whole",
        ),
    ),
    Fault(
        22,
        "deep or NaN JSON",
        "I1 I7",
        (
            "tests/api/test_chat.py::test_bytes_that_are_no_question_are_a_problem",
            "tests/api/test_readings.py::test_readings_with_nan_or_infinity_leave_that_value_out",
        ),
    ),
    Fault(
        23,
        "slowloris",
        "I6",
        (
            f"{EDGE}half_sent_headers_by_hundreds_leave_others_unaffected",
            f"{EDGE}headers_without_an_end_are_refused_soon",
        ),
    ),
    Fault(
        24,
        "SQL injection, path traversal, smuggling",
        "I1 I4",
        (
            "tests/security/test_prompt_injection.py::test_orders_as_names_and_states_of_devices_change_no_answer",
            "tests/api/test_pages.py::test_file_that_is_not_ours_is_not_found",
            f"{EDGE}form_of_smuggling_is_refused",
        ),
    ),
    Fault(
        25,
        "prompt injection",
        "I4",
        (
            "tests/security/test_prompt_injection.py::test_orders_beside_a_question_change_no_answer",
            "tests/security/test_prompt_injection.py::test_orders_in_the_history_change_no_answer",
        ),
    ),
    Fault(
        26,
        "missing, wrong, revoked or too narrow key; another owner's id",
        "I4",
        (
            "tests/api/test_keys.py::test_each_scope_allows_its_own_and_nothing_more",
            "tests/api/test_keys.py::test_revoked_and_expired_keys_open_nothing",
            "tests/api/test_ownership.py::test_ids_of_another_owner_are_404_on_every_route_that_takes_one",
        ),
    ),
    Fault(
        27,
        "disk full, read-only or damaged database",
        "I1 I5 I7",
        (
            f"{DATABASE}disk_of_sqlite_full_refuses_and_recovers",
            f"{DATABASE}disk_of_postgresql_full_refuses_and_recovers",
            f"{DISKS}disk_of_the_log_of_postgresql_full_refuses_and_recovers",
            f"{DISKS}disk_of_the_uploads_full_refuses_files_and_nothing_else",
            f"{DISKS}disk_of_the_temporary_files_full_refuses_long_bodies_and_nothing_else",
            f"{DATABASE}read_only_file_system_of_sqlite_is_told",
            f"{DATABASE}damaged_sqlite_file_is_told_and_never_written_to",
            "tests/e2e/test_damaged_database.py::test_damaged_database_is_set_aside_and_a_backup_takes_its_place",
            "tests/unit/test_sqlite_damage.py::test_damaged_file_is_set_aside_with_its_log_and_named",
        ),
    ),
    Fault(
        28,
        "interrupted migration",
        "I1",
        (f"{DATABASE}migration_killed_at_any_moment_is_completed_by_the_next",),
    ),
    Fault(
        29,
        "old schema; newer payload version",
        "I2 I5",
        (
            f"{DATABASE}postgresql_absent_at_start_and_old_schema_are_told_and_waited_for",
            "tests/unit/test_wire.py::test_decode_job_of_a_newer_version_names_both_versions",
        ),
    ),
    Fault(
        30,
        "clock skew between hosts, clock change",
        ALL,
        (
            f"{QUEUE}worker_killed_between_any_two_steps_of_jobs",
            f"{GATEWAYS}three_gateways_read_and_say_each_question_once",
            "tests/unit/test_local_periods.py::test_days_around_clock_changes_have_23_and_25_hours",
        ),
    ),
    Fault(0, "network to Redis delayed, reset, half open", ALL, (f"{QUEUE}network_to_redis_fails",)),
    Fault(
        0,
        "network to PostgreSQL delayed, reset, half open",
        ALL,
        (f"{DATABASE}network_to_postgresql_fails",),
    ),
    Fault(
        0,
        "one of several gateways killed or ended",
        "I2 I3",
        (
            f"{GATEWAYS}gateway_killed_mid_answer_another_takes_over_when_its_lease_ends",
            f"{GATEWAYS}gateway_that_ends_in_order_hands_over_at_once",
        ),
    ),
    Fault(
        0,
        "a part of `make run` killed",
        "I2 I6",
        ("tests/e2e/test_run_local.py::test_api_and_redis_killed_are_started_again_and_answer",),
    ),
)
