// What nearly every test includes, compiled once. Tests include what they use all the same.
#include "pch/standard.h"

#include <doctest/doctest.h>
