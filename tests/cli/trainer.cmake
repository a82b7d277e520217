# perceiverscope-train from pictures to a bundle: a tiny data set of the samples, a tiny recipe, a few steps.
if(NOT TARGET perceiverscope-train)
  return()
endif()
set(set ${out}/train-set)
file(MAKE_DIRECTORY ${set}/train/ship ${set}/train/truck ${set}/test/ship ${set}/test/truck)
foreach(split train test)
  foreach(label ship truck)
    configure_file(${samples}/${label}.jpg ${set}/${split}/${label}/0.jpg COPYONLY)
    configure_file(${samples}/${label}.jpg ${set}/${split}/${label}/1.jpg COPYONLY)
  endforeach()
endforeach()
file(WRITE ${out}/train-labels.txt "truck\nship\n")
file(WRITE ${out}/text-set/cat/0.jpg "This is text.")
file(WRITE ${out}/broken.tar.gz "This is text.")
file(WRITE ${out}/not-a-recipe.json "{")
file(WRITE ${out}/tiny-recipe.json [[{
  "model": {"num_latents": 16, "latent_channels": 32, "cross_modules": [{"heads": 1, "qk_channels": 16, "v_channels": 16}],
    "block_modules": [{"layers": 1, "heads": 2}], "stages": [{"cross": 0, "blocks": [0]}],
    "input": {"type": "image", "channels": 3, "height": 16, "width": 16,
              "position": {"type": "fourier", "num_bands": 3, "max_resolution": [16, 16]}}},
  "start": {"structured": false}, "batch": 4, "schedule": {"steps": 3},
  "card": {"title": "Tiny", "set": {"folder": "train-set", "pack": {"size": "16", "labels": "../train-labels.txt"}, "split": "test"}}}
]])

function(ps_train_cli name)
  ps_cli(train.${name} PROGRAM perceiverscope-train ${ARGN})
endfunction()
set(line "^perceiverscope-train: [^\n]+\n$")

ps_train_cli(help CODE 0 STDOUT "pack.*train.*evaluate.*export.*card.*convert.*Exit codes" STDERR ARGS --help)
ps_train_cli(usage_nothing_to_do CODE 2 STDOUT STDERR ${line})
ps_train_cli(usage_minutes_and_steps CODE 2 STDOUT STDERR ${line}
             ARGS train --recipe r --train p --out o --minutes 3 --steps 4)
if(NOT PERCEIVERSCOPE_MEDIA)
  ps_train_cli(no_pictures_in_this_build CODE 2 STDOUT STDERR "decodes no files" ARGS pack ${set} ${out}/none.pack)
  return()
endif()

# From here each needs what the one before wrote. The run's folder is emptied first.
add_test(NAME cli.train.clean COMMAND ${CMAKE_COMMAND} -E rm -rf ${out}/train-run ${out}/tiny.pack ${out}/tiny.safetensors ${out}/packs ${out}/zoo/tiny.safetensors)
ps_train_cli(pack CODE 0 STDOUT "test: 4 examples.*train: 4 examples.*wrote" STDERR FILES ${out}/tiny.pack
             ARGS pack ${set} ${out}/tiny.pack --size 16 --labels ${out}/train-labels.txt)
set(train train --recipe ${out}/tiny-recipe.json --train ${out}/tiny.pack --out ${out}/train-run)
ps_train_cli(train CODE 0 STDOUT "step 3, .*wrote" STDERR ARGS ${train}
             FILES ${out}/train-run/checkpoint.safetensors ${out}/train-run/model.safetensors ${out}/train-run/log.csv)
ps_train_cli(train_twice CODE 2 STDOUT STDERR "go on with --resume" ARGS ${train})
ps_train_cli(resume CODE 0 STDOUT "step 5, " STDERR ARGS ${train} --resume --steps 5)
ps_train_cli(export CODE 0 STDOUT "wrote" STDERR FILES ${out}/tiny.safetensors
             ARGS export ${out}/train-run/checkpoint.safetensors --out ${out}/tiny.safetensors)
ps_train_cli(evaluate CODE 0 STDOUT "accuracy [0-9.]+ % .95 %: [0-9.]+ to [0-9.]+., [0-4] of 4, split test\n  truck +[0-9.]+ %" STDERR
             ARGS evaluate ${out}/tiny.safetensors ${out}/tiny.pack --record)
ps_train_cli(card CODE 0 STDOUT "title +Tiny.*accuracy .* of 4, test.*5 steps of 4" STDERR ARGS card ${out}/tiny.safetensors)
ps_train_cli(convert_a_bundle CODE 0 STDOUT "Tiny .bundle.*wrote" STDERR FILES ${out}/again.safetensors
             ARGS convert ${out}/tiny.safetensors ${out}/again.safetensors)
ps_train_cli(convert_what_transformers_lacks CODE 5 STDOUT STDERR "tiny.safetensors: Hugging Face has no such Perceiver: [^\n]+\n$"
             ARGS convert ${out}/tiny.safetensors ${out}/never)
if(PERCEIVERSCOPE_OPENCV_IMGPROC)
  ps_train_cli(plot CODE 0 STDOUT "wrote" STDERR FILES ${out}/train-run/curves.png ${out}/curves.png ARGS plot ${out}/train-run ${out}/curves.png)
  set_tests_properties(cli.train.plot PROPERTIES DEPENDS cli.train.resume)
  ps_train_cli(plot_of_nothing CODE 3 STDOUT STDERR ${line} ARGS plot ${out}/nowhere ${out}/none.png)
  ps_train_cli(plot_of_text CODE 3 STDOUT STDERR "train-labels.txt: This is no log of a training run[^\n]+\n$" ARGS plot ${out}/train-labels.txt ${out}/none.png)
endif()
# The card says where the test data lies; then a model needs no pack, and a folder of models gives a table.
set(known --data ${out} --cache ${out}/packs)
file(MAKE_DIRECTORY ${out}/zoo)
ps_train_cli(evaluate_by_the_recipe CODE 0 STDOUT "of 4, split test" STDERR FILES ${out}/packs/train-set-test-labels-___train-labels_txt-size-16.pack
             ARGS evaluate ${out}/tiny.safetensors --recipe ${out}/tiny-recipe.json ${known} --record)
ps_train_cli(evaluate_by_the_card CODE 0 STDOUT "of 4, split test" STDERR ARGS evaluate ${out}/tiny.safetensors ${known})
add_test(NAME cli.train.into_the_zoo COMMAND ${CMAKE_COMMAND} -E copy ${out}/tiny.safetensors ${out}/zoo/tiny.safetensors)
ps_train_cli(evaluate_all CODE 0 STDOUT "^. model [^\n]+\n[^\n]+\n. `tiny` . test . [0-9,]+ . [0-9.]+ % .95 %: [0-9.]+ to [0-9.]+. .\n$" STDERR
             ARGS evaluate --all ${out}/zoo ${known})
ps_train_cli(check_all CODE 0 STDOUT "^tiny: [0-4] of 4 right, its card says [0-4] of 4\n$" STDERR ARGS evaluate --all --check ${out}/zoo ${known})
ps_train_cli(check_without_the_data CODE 1 STDOUT STDERR "no such folder of data.*1 of 1 models are not" ARGS evaluate --all --check ${out}/zoo --data ${out}/nowhere)
set(before cli.train.clean)
foreach(name pack train train_twice resume export evaluate card evaluate_by_the_recipe evaluate_by_the_card into_the_zoo evaluate_all
        check_all check_without_the_data convert_a_bundle convert_what_transformers_lacks)
  set_tests_properties(cli.train.${name} PROPERTIES DEPENDS ${before})
  set(before cli.train.${name})
endforeach()

# Clouds: surfaces of meshes through a model of points; arrays; files that a table names.
set(block "OFF\n8 6 0\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n0 0 H\n1 0 H\n1 1 H\n0 1 H\n4 0 1 2 3\n4 4 5 6 7\n4 0 1 5 4\n4 1 2 6 5\n")
string(APPEND block "4 2 3 7 6\n4 3 0 4 7\n")
foreach(split train test)
  string(REPLACE H 5 tower ${block})
  string(REPLACE H 0.1 slab ${block})
  file(WRITE ${out}/cloud-set/${split}/tower/0.off ${tower})
  file(WRITE ${out}/cloud-set/${split}/slab/0.off ${slab})
endforeach()
file(WRITE ${out}/clouds-recipe.json [[{
  "model": {"num_latents": 16, "latent_channels": 32, "cross_modules": [{"heads": 1, "qk_channels": 16, "v_channels": 16}],
    "block_modules": [{"layers": 1, "heads": 2}], "stages": [{"cross": 0, "blocks": [0]}], "head_norm": true,
    "input": {"type": "points", "points": 50, "fit": "unit_cube",
              "position": {"type": "fourier", "num_bands": 3, "max_resolution": [6, 6, 6]}}},
  "start": {"structured": false, "uniform": true}, "batch": 4, "schedule": {"steps": 3}, "card": {"title": "Blocks"},
  "augment_points": {"points": 30, "scale": 0.1, "yaw": 10}}
]])
add_test(NAME cli.train.clouds_clean COMMAND ${CMAKE_COMMAND} -E rm -rf ${out}/clouds-run ${out}/clouds.pack)
ps_train_cli(clouds_pack CODE 0 STDOUT "test: 2 examples.*train: 2 examples.*wrote" STDERR FILES ${out}/clouds.pack
             ARGS pack ${out}/cloud-set ${out}/clouds.pack --points 60)
ps_train_cli(clouds_train CODE 0 STDOUT "step 3, .*wrote" STDERR
             ARGS train --recipe ${out}/clouds-recipe.json --train ${out}/clouds.pack --out ${out}/clouds-run)
ps_train_cli(clouds_evaluate CODE 0 STDOUT "accuracy .*of 2, split test" STDERR
             ARGS evaluate ${out}/clouds-run/model.safetensors ${out}/clouds.pack --views 3)
ps_train_cli(clouds_are_no_pictures CODE 5 STDOUT STDERR "of clouds of points, the recipe's model reads pictures.\n$"
             ARGS train --recipe ${out}/tiny-recipe.json --train ${out}/clouds.pack --out ${out}/none)
set(before cli.train.clouds_clean)
foreach(name clouds_pack clouds_train clouds_evaluate clouds_are_no_pictures)
  set_tests_properties(cli.train.${name} PROPERTIES DEPENDS ${before})
  set(before cli.train.${name})
endforeach()
ps_train_cli(usage_views_are_not_recorded CODE 2 STDOUT STDERR ${line} ARGS evaluate m p --views 2 --record)

file(MAKE_DIRECTORY ${out}/array-set)
file(WRITE ${out}/array-set/classes.txt "left\nright\n")
execute_process(COMMAND printf "\\223NUMPY\\001\\000\\074\\000{'descr': '|i1', 'fortran_order': False, 'shape': (2, 2, 3)}abcdefghijkl" OUTPUT_FILE ${out}/array-set/train_points.npy)
execute_process(COMMAND printf "\\223NUMPY\\001\\000\\067\\000{'descr': '|u1', 'fortran_order': False, 'shape': (2,)}\\000\\001" OUTPUT_FILE ${out}/array-set/train_labels.npy)
ps_train_cli(pack_of_arrays CODE 0 STDOUT "train: 2 clouds\nwrote" STDERR ARGS pack ${out}/array-set ${out}/arrays.pack)

file(WRITE ${out}/table.csv "file,label,fold\ntrain/ship/0.jpg,ship,1\ntrain/truck/0.jpg,truck,1\ntest/ship/0.jpg,ship,2\n")
set(table --table ${out}/table.csv --size 8)
ps_train_cli(pack_by_a_table CODE 0 STDOUT "test: 1 examples\ntrain: 2 examples\nwrote" STDERR
             ARGS pack ${set} ${out}/table.pack ${table} --columns file,label,fold --test 2)
ps_train_cli(pack_of_one_split CODE 0 STDOUT "^test: 1 examples\nwrote" STDERR
             ARGS pack ${set} ${out}/table.pack ${table} --columns file,label,fold --test 2 --only test)
ps_train_cli(pack_of_a_sample CODE 0 STDOUT "^test: 1 examples\ntrain: 1 examples\nwrote" STDERR
             ARGS pack ${set} ${out}/table.pack ${table} --columns file,label,fold --test 2 --sample 1)
ps_train_cli(pack_by_a_table_without_the_column CODE 3 STDOUT STDERR "table.csv: It has not the columns [^\n]+\n$"
             ARGS pack ${set} ${out}/none.pack ${table} --columns file,label,split)
ps_train_cli(pack_by_a_table_without_columns CODE 2 STDOUT STDERR ${line} ARGS pack ${set} ${out}/none.pack ${table})

# Names of files say the label; films are packed with their sound, and a model sees and hears them.
foreach(name train/a_0 train/b_0 test/a_1)
  configure_file(${samples}/talking-drawing.mp4 ${out}/film-set/${name}.mp4 COPYONLY)
endforeach()
file(WRITE ${out}/film-set/train/notes.txt "No example.")
file(WRITE ${out}/films-recipe.json [[{
  "model": {"num_latents": 16, "latent_channels": 32, "cross_modules": [{"heads": 1, "qk_channels": 16, "v_channels": 16}],
    "block_modules": [{"layers": 1, "heads": 2}], "stages": [{"cross": 0, "blocks": [0]}], "head_norm": true,
    "input": {"type": "multimodal", "min_padding": 4, "modalities": {
      "picture": {"type": "video", "channels": 1, "patch": [4, 8, 8], "frames": 8, "height": 24, "width": 32, "frame_rate": 8,
                  "crop_fraction": 0.5, "position": {"type": "fourier", "num_bands": 2, "max_resolution": [2, 3, 4]}},
      "sound": {"type": "spectrogram", "sample_rate": 8000, "fft": 256, "window": 256, "hop": 200, "mels": 16, "frames": 40,
                "low": 60, "high": 4000, "patch": [16, 4],
                "position": {"type": "fourier", "num_bands": 2, "max_resolution": [1, 8]}}}}},
  "start": {"structured": false, "uniform": true}, "batch": 2, "schedule": {"steps": 3}, "card": {"title": "Talk"},
  "augment": {"shift": 1, "mirror": true}, "augment_sound": {"noisy": 0.5}, "senses": {"picture_alone": 0.3, "sound_alone": 0.3, "delay": 0.2}}
]])
set(named --pattern "^([ab])_" --seconds 1)
add_test(NAME cli.train.films_clean COMMAND ${CMAKE_COMMAND} -E rm -rf ${out}/films-run ${out}/films.pack)
ps_train_cli(films_pack CODE 0 STDOUT "test: 1 examples\ntrain: 2 examples\nwrote" STDERR FILES ${out}/films.pack
             ARGS pack ${out}/film-set ${out}/films.pack ${named} --fps 8 --size 64 --rate 8000 --grey)
ps_train_cli(films_train CODE 0 STDOUT "step 3, .*wrote" STDERR
             ARGS train --recipe ${out}/films-recipe.json --train ${out}/films.pack --out ${out}/films-run)
ps_train_cli(films_evaluate CODE 0
             STDOUT "of 1, split test.*picture alone [^\n]*; sound alone [^\n]*; in noise .SNR -10 dB. both senses [^\n]*; in noise .SNR -10 dB. sound alone" STDERR
             ARGS evaluate ${out}/films-run/model.safetensors ${out}/films.pack --noise=-10 --record)
ps_train_cli(films_card CODE 0 STDOUT "also measured +picture alone" STDERR ARGS card ${out}/films-run/model.safetensors)
set(before cli.train.films_clean)
foreach(name films_pack films_train films_evaluate films_card)
  set_tests_properties(cli.train.${name} PROPERTIES DEPENDS ${before})
  set(before cli.train.${name})
endforeach()
ps_train_cli(pack_left_out CODE 0 STDOUT "test: 1 examples\ntrain: 2 examples\nwrote" STDERR
             ARGS pack ${out}/film-set ${out}/left-out.pack ${named} --test "^b" --fps 2 --size 32)
ps_train_cli(pack_by_no_pattern CODE 2 STDOUT STDERR "is no regular expression" ARGS pack ${set} ${out}/none.pack --pattern "(")
ps_train_cli(pack_by_a_pattern_without_a_label CODE 2 STDOUT STDERR "needs a group" ARGS pack ${set} ${out}/none.pack --pattern a)
ps_train_cli(pack_by_a_pattern_nothing_fits CODE 3 STDOUT STDERR "whose name fits" ARGS pack ${set} ${out}/none.pack --pattern "^(x)_")
ps_train_cli(pack_test_of_nothing CODE 2 STDOUT STDERR ${line} ARGS pack ${set} ${out}/none.pack --test 2)

ps_train_cli(convert_to_neither CODE 2 STDOUT STDERR ${line} ARGS convert ${out}/tiny.safetensors ${out}/model.pt)
ps_train_cli(convert_text CODE 4 STDOUT STDERR "text.png: [^\n]+\n$" ARGS convert ${out}/text.png ${out}/never.safetensors)
# Archives are the data set, whatever lies beside them.
file(MAKE_DIRECTORY ${out}/archive-set/more/strange)
file(WRITE ${out}/archive-set/classes.txt "ship\ntruck\n")
configure_file(${samples}/ship.jpg ${out}/archive-set/more/strange/0.jpg COPYONLY)
execute_process(COMMAND ${CMAKE_COMMAND} -E tar czf ${out}/archive-set/train.tar.gz train WORKING_DIRECTORY ${set})
ps_train_cli(pack_of_archives CODE 0 STDOUT "^train: 4 examples\nwrote" STDERR
             ARGS pack ${out}/archive-set ${out}/archives.pack --size 8)
ps_train_cli(pack_of_one_archive CODE 3 STDOUT STDERR "no files in class folders here" ARGS pack ${out}/archive-set ${out}/none.pack --size 8 --only test)
ps_train_cli(usage_evaluate_what CODE 2 STDOUT STDERR ${line} ARGS evaluate)
ps_train_cli(pack_of_text CODE 3 STDOUT STDERR "0.jpg: [^\n]+\n$" ARGS pack ${out}/text-set ${out}/none.pack)
ps_train_cli(pack_of_a_broken_archive CODE 3 STDOUT STDERR ${line} ARGS pack ${out}/broken.tar.gz ${out}/none.pack)
ps_train_cli(pack_of_nothing CODE 3 STDOUT STDERR ${line} ARGS pack ${out}/nowhere ${out}/none.pack)
ps_train_cli(broken_recipe CODE 3 STDOUT STDERR "not-a-recipe.json: The recipe is wrong: it is not JSON.\n$"
             ARGS train --recipe ${out}/not-a-recipe.json --train ${out}/tiny.pack --out ${out}/none)
ps_train_cli(not_a_pack CODE 3 STDOUT STDERR "text.png: [^\n]+\n$"
             ARGS train --recipe ${out}/tiny-recipe.json --train ${out}/text.png --out ${out}/none)

# The bundles that come with the program against their data: what each does on a sample is what its card says.
ps_train_cli(cards_agree_with_the_data CODE 0 STDERR
             ARGS evaluate --all --check ${CMAKE_SOURCE_DIR}/resources/models --data ${PERCEIVERSCOPE_DATA} --cache ${out}/sample-packs)
set_tests_properties(cli.train.cards_agree_with_the_data PROPERTIES SKIP_REGULAR_EXPRESSION "no such folder of data")
