// The unit tests' main program.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#define DOCTEST_CONFIG_IMPLEMENT  // which the line above means only where doctest is not precompiled
#include <doctest/doctest.h>
