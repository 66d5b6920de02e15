// A library that is loaded while the program runs, once somebody needs it.
#pragma once

#include <string>

namespace dray::host {

/// A shared library. It stays loaded to the program's end: some have handlers that run then.
class SharedLibrary {
  public:
    /// Loads `file`, such as "libcurl.so.4"; `flags` as dlopen(3) has them. Throws Error that names `package`
    /// as what is to be installed.
    SharedLibrary(const char* file, int flags, const char* package);

    /// Becomes a pointer to a function of any type; that of what it is assigned to has to be the true one.
    class Function {
      public:
        explicit Function(void* address) : address_(address) {}

        template <typename Type>
        operator Type*() const {
            return reinterpret_cast<Type*>(address_);  // POSIX allows it, for dlsym's sake
        }

      private:
        void* address_;
    };

    /// The function of that name. Throws Error when the library has none.
    Function function(const std::string& name) const;

  private:
    std::string file_;
    void* handle_;
};

}  // namespace dray::host
