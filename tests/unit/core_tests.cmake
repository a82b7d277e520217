# The rooms that need nothing but LibTorch.
ps_test(ps_test_core input_test.cpp inspect_test.cpp perceiver_test.cpp)
target_link_libraries(ps_test_core PRIVATE ps_inspect)
target_include_directories(ps_test_core PRIVATE ${CMAKE_SOURCE_DIR}/tests)
target_include_directories(ps_test_core SYSTEM PRIVATE ${PERCEIVERSCOPE_JSON_INCLUDE})

if(TARGET ps_engine)
  ps_test(ps_test_engine engine_test.cpp)
  target_link_libraries(ps_test_engine PRIVATE ps_engine)
  target_include_directories(ps_test_engine PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_include_directories(ps_test_engine SYSTEM PRIVATE ${PERCEIVERSCOPE_JSON_INCLUDE})
endif()

ps_test(ps_test_structure structure_test.cpp)
target_compile_definitions(ps_test_structure PRIVATE PERCEIVERSCOPE_SOURCE="${CMAKE_SOURCE_DIR}")
