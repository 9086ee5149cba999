#!/bin/sh
# memory_rows.sh INCLUDE: every public function is called where memory is refused, in
# test_memory*.c, or stands below among those that ask for none. (Functions of ops.h record
# one kind of node by rg_apply, which has its rows; test_every_op.c refuses memory to each op.)
set -u
include=$(cd "$1" && pwd) && [ -e "$include/retrograd/tape.h" ] || { echo "no headers in $1" && exit 99; }
cd "$(dirname "$0")" || exit 1
quiet='
rg_augment_rows rg_rounding_text rg_streams_from rg_unassign rg_npz_close rg_mpi_close rg_mpi_size rg_rank_span
rg_about_library rg_array_free rg_at rg_at_status rg_batches_begin rg_batches_free rg_batches_next rg_bootstrap rg_bytes
rg_bytes_peak rg_cause_text rg_check_examples rg_coding_free rg_convert rg_count rg_count_of rg_counter rg_data_free rg_distance
rg_dtype_of rg_dtype_size rg_dtype_text rg_error_of rg_error_set rg_fail rg_figure_free rg_file_of rg_finding_text
rg_first_nonfinite rg_grid_count rg_grid_point rg_grid_search rg_image_brighten rg_image_clutter rg_image_crop rg_image_deform
rg_image_flip rg_image_occlude rg_image_rotate rg_image_shift rg_image_unlens rg_is_dense rg_is_leaf rg_len rg_made_nonfinite
rg_mark rg_model_close rg_model_size rg_model_tail rg_name_of rg_nearest rg_next_stream rg_node_at rg_node_finding_text
rg_node_text rg_nodes_report_text rg_nograd_begin rg_nograd_end rg_nonfinite_text rg_optim_count rg_optim_free rg_optim_lr
rg_optim_parse rg_pack rg_parallel rg_partition_free rg_partition_test rg_partition_train rg_partition_valid rg_peek
rg_plan_bytes rg_plan_free rg_plan_out rg_plan_peek rg_plan_value rg_power_text rg_refuse rg_rewind rg_safetensors_find
rg_safetensors_free rg_safetensors_remark rg_scope_end rg_scope_of rg_scratch_free rg_seed_of rg_set_threads rg_shape_of
rg_shape_text rg_shuffle rg_spec_parse rg_spec_write rg_split_free rg_standard_free rg_status_text rg_table_column rg_table_drop
rg_table_free rg_table_near rg_table_numbers rg_table_numeric rg_take_labels rg_take_rows rg_take_targets rg_tape_free rg_tape_of
rg_text_free rg_threads rg_tie_share rg_touch rg_unpack rg_value rg_verdict_text rg_version rg_vote rg_watch'
# Beneath other rows: rg_apply, rg_apply_on, rg_scratch, rg_write_file; rg_read_images calls one of two
# that have rows. MPI allocates by itself.
quiet="$quiet rg_apply rg_apply_on rg_scratch rg_write_file rg_write_try rg_read_images rg_mpi_open"
bad=0
for header in "$include"/retrograd/*.h; do
    case $header in */ops.h | */ops_here.h) continue ;; esac
    tr '\n' ' ' <"$header" | grep -oE 'RG_API [^;({]*\(' | grep -oE 'rg_[a-z0-9_]+\($' | tr -d '('
done | sort -u | {
    while read -r name; do
        case " $(echo $quiet) " in
        *" $name "*) ;;
        *) grep -qE "\b$name\(" test_memory*.c memory_help.h || { echo "no row in test_memory*.c for $name" && bad=1; } ;;
        esac
    done
    exit $bad
}
