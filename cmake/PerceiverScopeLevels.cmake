# ps_levels(TARGET SOURCE) adds SOURCE to TARGET once per instruction set: with PERCEIVER_LEVEL defined as baseline, and
# on x86-64 also as avx2 and avx512. The source puts what it defines into the namespace of that name (perceiver/lanes.h);
# its caller chooses at run time. Such a source instantiates nothing of the standard library, for the linker would keep
# only one of the instantiations, and not for the machine it runs on.
function(ps_levels target source)
  set(levels baseline)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64" AND CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    list(APPEND levels avx2 avx512)
    target_compile_definitions(${target} PUBLIC PERCEIVER_X86_LEVELS)
  endif()
  get_filename_component(name ${source} NAME_WE)
  foreach(level ${levels})
    add_library(${target}_${name}_${level} OBJECT ${source})
    target_include_directories(${target}_${name}_${level} PRIVATE ${CMAKE_SOURCE_DIR}/core)
    target_compile_definitions(${target}_${name}_${level} PRIVATE PERCEIVER_LEVEL=${level})
    # Vector types are passed between inlined functions only: what -Wpsabi warns of does not arise.
    target_compile_options(${target}_${name}_${level} PRIVATE -O3 -ffp-contract=fast -fno-math-errno -fno-trapping-math -Wno-psabi)
    target_link_libraries(${target}_${name}_${level} PRIVATE ps_warnings)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_${name}_${level}>)
  endforeach()
  if(TARGET ${target}_${name}_avx512)
    target_compile_options(${target}_${name}_avx2 PRIVATE -march=x86-64-v3)
    target_compile_options(${target}_${name}_avx512 PRIVATE -march=x86-64-v4)
  endif()
endfunction()
