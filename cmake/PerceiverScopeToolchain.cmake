# Compiler, linker and cache settings every target shares; helpers that declare a room.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 12.1)
  add_link_options(-fuse-ld=mold)
endif()
if(PERCEIVERSCOPE_SANITIZE)
  set(instrumented "-fsanitize=${PERCEIVERSCOPE_SANITIZE};-fno-omit-frame-pointer;-fno-sanitize-recover=undefined")
  if(PERCEIVERSCOPE_SANITIZE_FOLDERS)
    list(TRANSFORM PERCEIVERSCOPE_SANITIZE_FOLDERS PREPEND ${CMAKE_SOURCE_DIR}/ OUTPUT_VARIABLE folders)
    set(instrumented "$<$<IN_LIST:$<TARGET_PROPERTY:SOURCE_DIR>,${folders}>:${instrumented}>")
  endif()
  add_compile_options("${instrumented}")
  add_link_options(-fsanitize=${PERCEIVERSCOPE_SANITIZE})
endif()

add_library(ps_warnings INTERFACE)
target_compile_options(ps_warnings INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                       $<$<BOOL:${PERCEIVERSCOPE_WERROR}>:-Werror>)

# ps_room(NAME SOURCES... ) declares the static library of one folder under core/ (or ui/).
function(ps_room name)
  add_library(${name} STATIC ${ARGN})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/core)
  target_link_libraries(${name} PRIVATE ps_warnings)
endfunction()
