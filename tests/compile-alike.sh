# Sourced: how the packages are compiled, and the unit tests beside them. By the same options, so that ccache has for the
# one what it has compiled for the other, in whichever folder that was.

# compile_alike SOURCE: sets what dpkg-buildflags and ccache read for a build of what is in that folder.
compile_alike() {
    local folder=${CCACHE_DIR:-$cache/ccache}
    # Who may not write there has a place of his own; see ccache(1).
    if mkdir -p "$folder" 2>/dev/null && [[ -w $folder ]]; then
        export CCACHE_DIR=$folder
    fi
    # Where the folder is does not matter, as its name does not get into what is compiled; nor does a warning's language.
    export CCACHE_BASEDIR=$1 CCACHE_SLOPPINESS=locale
    export DEB_BUILD_OPTIONS="nocheck noautodbgsym parallel=$(nproc) reproducible=-all"
    # Without optimisation and debugging symbols the compiler takes a third of the time, and the tests see the same.
    [[ -n ${DRAY_TEST_OPTIMISED-} ]] || DEB_BUILD_OPTIONS+=' noopt'
    export DEB_CXXFLAGS_STRIP=-g DEB_CXXFLAGS_APPEND=
    # g++ looks for garbage all the time in its some hundred MB, in a seventh of its time, and finds little.
    [[ -n ${DRAY_TEST_OPTIMISED-} ]] || DEB_CXXFLAGS_APPEND='--param=ggc-min-heapsize=1000000'
    [[ ${CI-} != true ]] || DEB_CXXFLAGS_APPEND+=' -Werror'
}
