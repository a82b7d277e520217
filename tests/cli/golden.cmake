# golden_check must be able to fail: the same fixture with the other GELU is off.
set(fixture ${CMAKE_SOURCE_DIR}/tests/data/golden/own_image)
file(COPY ${fixture} DESTINATION ${out})
file(READ ${fixture}/model/config.json config)
string(REPLACE "gelu_tanh" "gelu" config "${config}")
file(WRITE ${out}/own_image/model/config.json "${config}")

ps_cli(golden_check_passes CODE 0 PROGRAM golden_check STDOUT "logits.*ok.*All within tolerance" STDERR ARGS ${fixture})
ps_cli(golden_check_sees_the_other_gelu CODE 1 PROGRAM golden_check STDOUT "latents.block.0[^\n]*OFF.*tokens[^\n]*ok.*1 of 1 fixtures are off" STDERR
       ARGS ${out}/own_image)
ps_cli(golden_check_without_a_fixture CODE 2 PROGRAM golden_check STDOUT STDERR "golden_check FIXTURE" ARGS)
ps_cli(golden_check_of_no_fixture CODE 3 PROGRAM golden_check STDOUT STDERR "no fixture.json" ARGS ${out})
