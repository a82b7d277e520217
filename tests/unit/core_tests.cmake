# The rooms that need nothing but LibTorch.
ps_test(ps_test_core input_test.cpp inspect_test.cpp perceiver_test.cpp)
target_link_libraries(ps_test_core PRIVATE ps_inspect)
target_include_directories(ps_test_core PRIVATE ${CMAKE_SOURCE_DIR}/tests)
target_include_directories(ps_test_core SYSTEM PRIVATE ${PERCEIVERSCOPE_JSON_INCLUDE})
