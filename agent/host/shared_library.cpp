// A library that is loaded while the program runs, once somebody needs it.
#include "host/shared_library.h"

#include "error.h"

#include <dlfcn.h>

namespace dray::host {

SharedLibrary::SharedLibrary(const char* file, int flags, const char* package)
    : file_(file), handle_(::dlopen(file, flags)) {
    if (handle_ == nullptr)
        throw Error("cannot load " + file_, ::dlerror(), std::string("install the package ") + package);
}

SharedLibrary::Function SharedLibrary::function(const std::string& name) const {
    void* const address = ::dlsym(handle_, name.c_str());
    if (address == nullptr) throw Error("cannot use " + file_, "it has no function " + name);
    return Function(address);
}

}  // namespace dray::host
