#include "engine/errors.h"

#include <c10/util/Exception.h>

#include <new>
#include <string>

namespace perceiver::engine {

Error as_error(std::exception_ptr thrown, ErrorCode otherwise) {
    const std::string no_memory = "There is not enough memory for this.";
    try {
        std::rethrow_exception(std::move(thrown));
    } catch (const Error& e) {
        return e;
    } catch (const std::bad_alloc&) {
        return {ErrorCode::out_of_resources, no_memory};
    } catch (const std::exception& e) {
        const std::string said = e.what();
        if (said.find("can't allocate memory") != std::string::npos)
            return {ErrorCode::out_of_resources, no_memory, said};
        return {otherwise, "This could not be done: " + said.substr(0, said.find('\n')), said};
    }
}

}  // namespace perceiver::engine
