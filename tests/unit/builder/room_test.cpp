// Unit tests of what is told of the room on disks.
#include "builder/room.h"

#include "builder/scratch.h"
#include "error.h"

#include <doctest/doctest.h>

using namespace dray;
using namespace dray::builder;

TEST_CASE("the room that is left is told of each disk once, and of what is not there yet") {
    const Scratch scratch;
    const auto all = rooms({scratch.path(), scratch.path() / "not/yet", "", "relative"});
    REQUIRE(all.size() == 1);
    CHECK(all.front().folders == scratch.path().string() + ", " + (scratch.path() / "not/yet").string());
    const Error told = with_room_told(Error("x", "y", "z"), {scratch.path()});
    CHECK(told.parts().hint.find("make room and do the same again; free are ") == 0);
    CHECK(told.parts().hint.ends_with(" MB in " + scratch.path().string() + "; z"));
    CHECK(with_room_told(told, {"/"}).parts().hint == told.parts().hint);
}
